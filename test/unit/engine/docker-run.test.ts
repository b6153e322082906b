import { describe, expect, it } from "vitest";
import { runSpecSchema, type RunSpecInput } from "../../../engine/contract/index.ts";
import { createDocker, runContainer, translateDockerError } from "../../../engine/docker/index.ts";
import { PullProgress } from "../../../engine/docker/pull-progress.ts";
import { withTag } from "../../../engine/docker/pull.ts";
import { FakeDocker } from "./support/fake-docker.ts";
import { MemoryLogger } from "./support/logger.ts";

function run(docker: FakeDocker, spec: RunSpecInput) {
  return runContainer(
    {
      docker: createDocker(docker.open),
      logger: new MemoryLogger(),
      reservePorts: (ports) => Promise.resolve(ports),
      pull: () => Promise.reject(new Error("not expected")),
    },
    runSpecSchema.parse(spec),
  );
}

describe("running a container", () => {
  it("answers its id and Docker's warnings", async () => {
    const docker = await FakeDocker.start();
    expect(await run(docker, { image: "web" })).toEqual({ id: "new", warnings: ["careful"] });
    expect(docker.requests).toEqual([
      "GET /images/web/json",
      "POST /containers/create",
      "POST /containers/new/start",
    ]);
  });

  it("removes what cannot be started", async () => {
    const docker = await FakeDocker.start();
    docker.refusal = { on: "POST /containers/new/start", status: 500, message: "no space left on device" };
    const failure = await run(docker, { image: "web" }).catch(translateDockerError);
    expect(failure).toMatchObject({ code: "disk_full" });
    expect(docker.requests.at(-1)).toBe("DELETE /containers/new");
  });

  it.each([
    [409, 'Conflict. The container name "/web" is already in use by container "abc".', "name_in_use", "web"],
    [404, "No such container: abc", "not_found", "abc"],
    [
      400,
      'OCI runtime create failed: runc create failed: unable to start container process: exec: "/x": stat /x: no such file or directory: unknown',
      "command_failed",
      '"/x"',
    ],
    [500, "driver failed: Bind for 0.0.0.0:80 failed: port is already allocated", "port_in_use", "80"],
    [500, "something else", "docker_failed", "Something else."],
  ])("Docker's refusal %i %j is told as %s", (statusCode, message, code, said) => {
    const refusal = Object.assign(new Error("(HTTP code)"), { statusCode, json: { message } });
    const failure = translateDockerError(refusal);
    expect(failure).toMatchObject({ code });
    expect(failure?.message).toContain(said);
    expect(failure?.hint).not.toBe("");
  });
});

describe("a pull", () => {
  it("sums its layers up to one figure", () => {
    const progress = new PullProgress();
    expect(progress.fraction()).toBeNull();
    progress.add({ status: "Pulling from library/web", id: "1.0" });
    expect(progress.fraction()).toBeNull();
    progress.add({ status: "Already exists", id: "a" });
    progress.add({ status: "Downloading", id: "b", progressDetail: { current: 5e6, total: 10e6 } });
    const half = progress.fraction() ?? 0;
    expect(half).toBeGreaterThan(0.3);
    expect(half).toBeLessThan(0.6);
    progress.add({ status: "Download complete", id: "b" });
    progress.add({ status: "Pull complete", id: "b" });
    expect(progress.fraction()).toBe(1);
    expect(progress.describe()).toBe("2 of 2 layers, 9.5 of 9.5 MiB");
  });

  it.each([
    ["web", "web:latest"],
    ["localhost:5000/web", "localhost:5000/web:latest"],
    ["web:1", "web:1"],
    ["web@sha256:abc", "web@sha256:abc"],
  ])("of %s asks for %s, never for every tag", (reference, asked) => {
    expect(withTag(reference)).toBe(asked);
  });
});
