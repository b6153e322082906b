import { describe, expect, it } from "vitest";
import { runSpecSchema, type RunSpecInput } from "../../../engine/contract/index.ts";
import {
  createDocker,
  openContainerLogs,
  runContainer,
  translateDockerError,
} from "../../../engine/docker/index.ts";
import { PullProgress } from "../../../engine/docker/pull-progress.ts";
import { withTag } from "../../../engine/docker/pull.ts";
import { FakeDocker } from "./support/fake-docker.ts";
import { collect } from "./support/collect.ts";
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

describe("a container's log", () => {
  const stamp = "2026-01-01T00:00:00.000000001Z";
  const frame = (source: 1 | 2, text: string) => {
    const header = Buffer.alloc(8);
    header[0] = source;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };

  async function linesOf(container: { tty: boolean; logs: Buffer }) {
    const docker = await FakeDocker.start();
    docker.containers.set("a", { id: "a", name: "a", ...container });
    const { signal } = new AbortController();
    const lines = await openContainerLogs(createDocker(docker.open), "a", {
      tailLines: 10,
      follow: false,
      signal,
    });
    return collect(lines);
  }

  it("tells the two streams apart and knows the time of each line", async () => {
    const logs = Buffer.concat([
      frame(1, `${stamp} out ü\n`),
      frame(2, `${stamp} err\n`),
      frame(1, `${stamp} rest`),
    ]);
    expect(await linesOf({ tty: false, logs })).toEqual([
      { source: "stdout", at: stamp, text: "out ü" },
      { source: "stderr", at: stamp, text: "err" },
      { source: "stdout", at: stamp, text: "rest" },
    ]);
  });

  it("of a container with a terminal is one stream", async () => {
    expect(await linesOf({ tty: true, logs: Buffer.from(`${stamp} a\r\n${stamp} b\r\n`) })).toEqual([
      { source: "stdout", at: stamp, text: "a" },
      { source: "stdout", at: stamp, text: "b" },
    ]);
  });

  it("cuts a line without end into pieces", async () => {
    const lines = await linesOf({ tty: false, logs: frame(1, `${stamp} ${"é".repeat(100_000)}`) });
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.map((line) => line.text).join("")).toBe("é".repeat(100_000));
  });

  it("of a container that does not exist is an error", async () => {
    const docker = createDocker((await FakeDocker.start()).open);
    const options = { tailLines: 1, follow: false, signal: new AbortController().signal };
    const failure = await openContainerLogs(docker, "none", options).catch(translateDockerError);
    expect(failure).toMatchObject({ code: "not_found" });
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
