import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BerthClient, Version } from "../../engine/contract/index.ts";
import { freePort } from "../e2e/support/free-port.ts";
import {
  buildTinyImage,
  localEngineProblem,
  type LocalEngine,
  startLocalEngine,
} from "../support/local-engine/index.ts";

const problem = localEngineProblem();

describe.skipIf(problem !== null)(`versions${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let engine: LocalEngine;
  let hostPort: number;
  let first: Version;

  beforeAll(async () => {
    engine = await startLocalEngine();
    await buildTinyImage(engine.docker, "site:1", { "/www/page": "original" }, [
      'ENTRYPOINT ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"]',
      "CMD []",
      "STOPSIGNAL SIGKILL",
    ]);
    hostPort = await freePort();
    const line = `docker run --name site -p ${hostPort}:80 -v data:/www/data -v /www/cache --network-alias www --network back -e KEEP=1 --label com.docker.compose.project=shop --label com.docker.compose.service=web site:1`;
    await engine.docker.createNetwork({ Name: "back" });
    const { configuration } = await engine.client.configuration.parse({ line });
    if (configuration === null) throw new Error("not read");
    await engine.client.configuration.run(configuration);
  });
  afterAll(() => engine.stop());

  const versions = (): BerthClient["versions"] => engine.client.versions;
  const get = (port: number | null, path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`).then(
      async (answer) => (answer.ok ? (await answer.text()).trim() : answer.status),
      () => "gone",
    );
  const inside = async (name: string, script: string) => {
    const { exitCode, stderr } = await engine.exec(["docker", "exec", name, "sh", "-c", script]);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  };

  it("keeps a snapshot with note, size, parent and what changed", async () => {
    await inside(
      "site",
      "echo one >/www/page; mkdir /www/new; head -c 2000000 /dev/urandom >/www/new/big; echo v >/www/data/kept",
    );
    first = await versions().snapshot({ id: "site", note: "the <b>first</b>" });
    expect(first).toMatchObject({
      number: 1,
      parent: null,
      note: "the <b>first</b>",
      image: "site:1",
      changes: { added: 2, modified: 1, deleted: 0 },
      tags: [],
      usedBy: [],
      current: false,
    });
    expect(first.sizeBytes).toBeGreaterThan(1_900_000);
    expect(first.sizeBytes).toBeLessThan(2_500_000);
    const { files } = await versions().changes({ id: "site", version: first.id });
    expect(files).toEqual(
      expect.arrayContaining([
        { path: "/www/page", kind: "modified" },
        { path: "/www/new/big", kind: "added" },
      ]),
    );
    // It ran on all the time.
    expect(await get(hostPort, "/page")).toBe("one");
  });

  it("goes back to the old files and keeps volumes, name, ports, and what it was as a version", async () => {
    await inside(
      "site",
      "echo two >/www/page; rm -r /www/new; echo still >/www/data/kept; echo c >/www/cache/c",
    );
    const tree = await versions().tree({ id: "site" });
    expect(tree.changes).toEqual({ added: 0, modified: 1, deleted: 0 });
    await versions().revert({ id: "site", version: first.id });
    await expect.poll(() => get(hostPort, "/page")).toBe("one");
    expect(await get(hostPort, "/data/kept")).toBe("still");
    expect(await get(hostPort, "/cache/c")).toBe("c");

    const { container, versions: all, changes } = await versions().tree({ id: "site" });
    expect(container).toMatchObject({ name: "site", temporary: false });
    expect(changes).toEqual({ added: 0, modified: 0, deleted: 0 });
    expect(all).toMatchObject([
      { number: 1, parent: null, current: true, usedBy: ["site"] },
      { number: 2, parent: null, current: false, note: "Before going back to version 1" },
    ]);
    // It is still part of its app.
    await expect
      .poll(async () => (await engine.client.containers.list())[0])
      .toMatchObject({ name: "site", project: "shop", service: "web" });

    // And forward again: the second came from the image, a third comes from the first.
    await versions().revert({ id: "site", version: all[1]?.id ?? "" });
    await expect.poll(() => get(hostPort, "/page")).toBe("two");
    await versions().revert({ id: "site", version: first.id });
    await inside("site", "echo three >/www/page");
    const third = await versions().snapshot({ id: "site", note: "" });
    expect(third).toMatchObject({ number: 3, parent: first.id, image: "site:1", changes: { modified: 1 } });
  });

  it("forks a container that runs beside the original, with ports and volumes of its own", async () => {
    const fork = await versions().fork({ id: "site", version: first.id, name: "twin" });
    expect(fork.ports).toHaveLength(1);
    expect(fork.ports[0]?.asked).toBe(hostPort);
    const twinPort = fork.ports[0]?.given.hostPort ?? null;
    expect(twinPort).not.toBe(hostPort);
    expect(fork.volumes).toHaveLength(2);
    expect(fork.volumes).toContainEqual({ from: "data", to: "twin-data" });
    await expect.poll(() => get(twinPort, "/page")).toBe("one");
    await expect.poll(() => get(twinPort, "/data/kept")).toBe("still");
    await expect.poll(() => get(twinPort, "/cache/c")).toBe("c");
    // What one writes the other does not see; the names of the first one lead to it alone.
    await inside("twin", "echo twin >/www/data/kept; echo twin >/www/page");
    expect(await get(hostPort, "/data/kept")).toBe("still");
    expect(await get(hostPort, "/page")).toBe("three");
    const twin = await engine.docker.getContainer("twin").inspect();
    expect(twin.NetworkSettings.Networks["back"]?.Aliases ?? []).not.toContain("www");
    expect(twin.Config.Env).toContain("KEEP=1");
    expect((await versions().tree({ id: "twin" })).versions).toEqual([]);
    await expect
      .poll(async () => (await engine.client.containers.list()).find(({ name }) => name === "twin"))
      .toMatchObject({ project: null });

    // A fork of what it is now, sharing volumes and not started.
    const other = await versions().fork({ id: "site", name: "other", volumes: "share", start: false });
    expect(other.volumes).toEqual([]);
    const made = await engine.docker.getContainer("other").inspect();
    expect(made.State.Status).toBe("created");
    expect(made.Mounts.map(({ Name }) => Name)).toContain("data");
    await engine.docker.getContainer("other").remove();
    await expect(versions().fork({ id: "site", name: "twin" })).rejects.toMatchObject({
      data: { code: "name_in_use" },
    });
  });

  it("promotes a version to an image that runs", async () => {
    await versions().promote({ id: "site", version: first.id, tag: "mine/site:stable" });
    const { id } = await engine.client.containers.run({ image: "mine/site:stable", name: "promoted" });
    const { stdout } = await engine.exec(["docker", "exec", "promoted", "cat", "/www/page"]);
    expect(stdout).toBe("one\n");
    const { versions: all } = await versions().tree({ id: "site" });
    expect(all[0]).toMatchObject({ tags: ["mine/site:stable"] });
    expect(all[0]?.usedBy.sort()).toEqual(["promoted", "site", "twin"]);
    await engine.client.containers.remove({ id, force: true });
    await expect(
      versions().promote({ id: "site", version: first.id, tag: "Not A Name" }),
    ).rejects.toMatchObject({ data: { code: "invalid_input" } });
  });

  it("removes versions that nothing needs, and says what needs the others", async () => {
    await expect(versions().remove({ id: "site", version: first.id })).rejects.toMatchObject({
      message: expect.stringMatching(
        /^Version 1 of site cannot be removed: .*site.*runs from it\.$/,
      ) as string,
      data: { code: "version_in_use" },
    });
    const { versions: all } = await versions().tree({ id: "site" });
    const second = all.find(({ number }) => number === 2);
    await versions().remove({ id: "site", version: second?.id ?? "" });
    const left = (await versions().tree({ id: "site" })).versions.map(({ number }) => number);
    expect(left).not.toContain(2);
    expect(left).toContain(1);

    await engine.docker.getContainer("twin").remove({ force: true });
    await engine.docker.getContainer("site").remove({ force: true });
    // Made anew by somebody else under its name, it finds its versions again.
    await engine.docker.createContainer({ name: "site", Image: "site:1" });
    expect((await versions().tree({ id: "site" })).versions.map(({ number }) => number)).toEqual(left);
    await expect(versions().remove({ id: "site", version: first.id })).rejects.toMatchObject({
      message: expect.stringContaining("version 3 of site") as string,
    });
    // Docker's clean-up leaves versions alone.
    await engine.docker.pruneImages();
    expect((await versions().tree({ id: "site" })).versions.map(({ number }) => number)).toEqual(left);
  });

  it("forks a temporary container, but does not revert it", async () => {
    await engine.exec(["docker", "run", "--detach", "--rm", "--name", "once", "site:1"]);
    const version = await versions().snapshot({ id: "once" });
    expect((await versions().tree({ id: "once" })).container.temporary).toBe(true);
    await expect(versions().revert({ id: "once", version: version.id })).rejects.toMatchObject({
      data: { code: "temporary_container" },
    });
    await versions().fork({ id: "once", name: "stays" });
    const stays = await engine.docker.getContainer("stays").inspect();
    expect(stays.HostConfig.AutoRemove).toBe(false);
  });
});
