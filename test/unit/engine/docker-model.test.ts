import { describe, expect, it, onTestFinished } from "vitest";
import { createDocker, DockerModel } from "../../../engine/docker/index.ts";
import { until } from "./support/engine.ts";
import { FakeDocker } from "./support/fake-docker.ts";
import { MemoryLogger } from "./support/logger.ts";

async function modelOf(
  prepare: (docker: FakeDocker) => void,
): Promise<{ docker: FakeDocker; model: DockerModel }> {
  const docker = await FakeDocker.start();
  prepare(docker);
  const model = new DockerModel(createDocker(docker.open), new MemoryLogger());
  onTestFinished(() => {
    model.disconnect();
  });
  model.connect();
  await until("the lists are known", () => model.version !== null && model.images.known);
  return { docker, model };
}

const names = (model: DockerModel) => model.containers.all()?.map((container) => container.name);

describe("the model of a Docker engine", () => {
  it("is unknown before there is a connection, and after it is given up", async () => {
    const { model } = await modelOf((docker) => docker.containers.set("a", { id: "a", name: "web" }));
    expect(names(model)).toEqual(["web"]);
    model.disconnect();
    expect(model.containers.all()).toBeNull();
    expect(model.version).toBeNull();
  });

  it("shows many containers from the list, and the rest of each soon after", async () => {
    const { docker, model } = await modelOf((fake) => {
      for (let index = 0; index < 230; index += 1) {
        const id = `c${index}`;
        fake.containers.set(id, { id, name: `web-${index}`, status: index === 7 ? "exited" : "running" });
      }
    });
    expect(model.containers.all()).toHaveLength(230);
    expect(model.containers.get("c7")).toMatchObject({ name: "web-7", state: "exited", exitCode: 3 });
    const described = () => model.containers.all()?.filter(({ startedAt }) => startedAt !== null).length;
    await until("every container is described", () => described() === 230);
    docker.containers.set("new", { id: "new", name: "new" });
    docker.emit("container", "start", "new");
    await until("events are followed as well", () => model.containers.get("new") !== undefined);
  });

  it("describes containers for people", async () => {
    const { model } = await modelOf((docker) => {
      const everywhere = { HostPort: "8080" };
      docker.containers.set("a", {
        id: "a",
        name: "web",
        ports: {
          "80/tcp": [
            { HostIp: "0.0.0.0", ...everywhere },
            { HostIp: "::", ...everywhere },
          ],
          "81/tcp": null,
        },
      });
      docker.containers.set("b", { id: "b", name: "old", status: "exited" });
    });
    expect(model.containers.get("a")).toMatchObject({
      name: "web",
      state: "running",
      createdAt: "2026-01-01T00:00:00.123Z",
      finishedAt: null,
      exitCode: null,
      ports: [
        { hostIp: "", hostPort: 8080, containerPort: 80, protocol: "tcp" },
        { hostIp: "", hostPort: null, containerPort: 81, protocol: "tcp" },
      ],
    });
    expect(model.containers.get("b")).toMatchObject({ state: "exited", exitCode: 3 });
  });

  it("looks at what an event names, a burst of events only once", async () => {
    const { docker, model } = await modelOf((docker) => docker.containers.set("a", { id: "a", name: "web" }));
    docker.requests.length = 0;
    docker.containers.set("b", { id: "b", name: "db" });
    for (const action of ["create", "start", "health_status: healthy", "rename"]) {
      docker.emit("container", action, "b");
    }
    await until("the new one is listed", () => names(model)?.includes("db") ?? false);
    expect(docker.requests).toEqual(["GET /containers/b/json"]);
    docker.containers.delete("b");
    docker.emit("container", "destroy", "b");
    await until("it is gone", () => names(model)?.length === 1);
  });

  it("knows which containers use an image", async () => {
    const { docker, model } = await modelOf((docker) => {
      docker.images = [{ Id: "sha256:i", RepoTags: ["web:1", "<none>:<none>"] }];
      docker.containers.set("a", { id: "a", name: "web", image: "sha256:i" });
    });
    expect(model.images.get("sha256:i")).toMatchObject({ usedBy: ["a"], tags: ["web:1"] });
    docker.containers.delete("a");
    docker.emit("container", "destroy", "a");
    await until("nobody uses it", () => model.images.get("sha256:i")?.usedBy.length === 0);
  });

  it("after a gap in the events lists everything anew, and is unknown meanwhile", async () => {
    const { docker, model } = await modelOf((docker) => docker.containers.set("a", { id: "a", name: "web" }));
    const seen: string[] = [];
    const reading = (async () => {
      for await (const change of model.containers.follow(AbortSignal.timeout(10_000))) {
        seen.push(change.kind);
        if (change.kind === "snapshot" && seen.length > 1) return change.items.map((item) => item.name);
      }
      return [];
    })();
    await until("the reader has the list", () => seen.length === 1);
    docker.containers.clear();
    docker.containers.set("c", { id: "c", name: "made in the gap" });
    docker.breakEvents();
    expect(await reading).toEqual(["made in the gap"]);
    expect(seen).toEqual(["snapshot", "unknown", "snapshot"]);
    expect(docker.watchers).toBe(1);
  });
});
