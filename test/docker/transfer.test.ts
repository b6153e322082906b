import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../e2e/support/free-port.ts";
import {
  buildTinyImage,
  localEngineProblem,
  type LocalEngine,
  startLocalEngine,
} from "../support/local-engine/index.ts";

const run = promisify(execFile);
const problem = localEngineProblem();

describe.skipIf(problem !== null)(`transfer${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let here: LocalEngine;
  let there: LocalEngine;
  let folder: string;
  let hostPort: number;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "berth-transfer-"));
    [here, there] = await Promise.all([startLocalEngine(), startLocalEngine()]);
    await buildTinyImage(here.docker, "shop:1", { "/www/page": "original" }, [
      'ENTRYPOINT ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"]',
      "CMD []",
      "STOPSIGNAL SIGKILL",
    ]);
    hostPort = await freePort();
    await here.docker.createNetwork({ Name: "back" });
    const line = `docker run --name shop -p ${hostPort}:80 -v data:/www/data -v /www/cache --network back -e SECRET=s3 shop:1`;
    const { configuration } = await here.client.configuration.parse({ line });
    if (configuration === null) throw new Error("not read");
    await here.client.configuration.run(configuration);
    const fill =
      "echo changed >/www/page; echo kept >/www/data/file; chown 7:8 /www/data/file; chmod 640 /www/data/file; echo c >/www/cache/c; head -c 9000000 /dev/urandom >/www/data/big";
    await here.exec(["docker", "exec", "shop", "sh", "-c", fill]);
  });
  afterAll(async () => {
    await Promise.all([here.stop(), there.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  const get = (port: number | null | undefined, place: string) =>
    fetch(`http://127.0.0.1:${port}${place}`).then(
      async (answer) => (answer.ok ? (await answer.text()).trim() : answer.status),
      () => "gone",
    );

  it("exports the file system as a tar, and never over a file unasked", async () => {
    const file = path.join(folder, "files.tar");
    const { sizeBytes } = await here.client.transfer.exportFiles({ id: "shop", path: file });
    expect(sizeBytes).toBe((await stat(file)).size);
    const listed = await run("tar", ["-xOf", file, "www/page"]);
    expect(listed.stdout).toBe("changed\n");
    const before = await readFile(file);
    await expect(here.client.transfer.exportFiles({ id: "shop", path: file })).rejects.toMatchObject({
      data: { code: "file_exists" },
    });
    await expect(
      here.client.transfer.exportFiles({ id: "shop", path: path.join(folder, "nowhere/files.tar") }),
    ).rejects.toMatchObject({ data: { code: "file_not_found" } });
    expect(before.equals(await readFile(file))).toBe(true);
    const activities = await here.client.activity.list();
    expect(activities).toContainEqual(
      expect.objectContaining({ kind: "container.export", state: "done", progress: 1 }),
    );
  });

  it("moves a whole container to another machine, with what it changed and its volumes", async () => {
    const file = path.join(folder, "shop.tar.gz");
    await here.client.transfer.exportContainer({ id: "shop", path: file });
    expect((await here.docker.getContainer("shop").inspect()).State.Paused).toBe(false);
    expect(await there.client.transfer.examine({ path: file })).toMatchObject({
      name: "shop",
      image: "shop:1",
      volumes: [{ containerPath: "/www/cache" }, { name: "data", containerPath: "/www/data" }],
    });
    // The port is held by the container on the first machine, the volume's name by another volume.
    await there.docker.createVolume({ Name: "data" });
    const imported = await there.client.transfer.importContainer({ path: file });
    expect(imported.name).toBe("shop");
    expect(imported.notes.join("\n")).toMatch(/data-2/);
    expect(imported.notes.join("\n")).toMatch(/network back was made/);
    expect(imported.notes.join("\n")).toMatch(new RegExp(`${hostPort} was taken`));
    const port = imported.ports[0]?.hostPort;
    await expect.poll(() => get(port, "/page")).toBe("changed");
    expect(await get(port, "/cache/c")).toBe("c");
    const { stdout } = await there.exec([
      "docker",
      "exec",
      "shop",
      "stat",
      "-c",
      "%u:%g %a %s",
      "/www/data/file",
      "/www/data/big",
    ]);
    expect(stdout).toBe("7:8 640 5\n0:0 644 9000000\n");
    const { Config, Mounts } = await there.docker.getContainer("shop").inspect();
    expect(Config.Env).toContain("SECRET=s3");
    expect(Mounts.map(({ Name }) => Name)).toContain("data-2");
    // Neither machine keeps what was only there for the way.
    expect(await names(here)).toEqual(["berth/welcome:latest", "shop:1"]);
    expect((await here.docker.listContainers({ all: true })).length).toBe(1);
    expect((await there.docker.listContainers({ all: true })).length).toBe(1);
  });

  it("gives an unchanged container its image's own name back", async () => {
    await here.docker.createContainer({ name: "fresh", Image: "shop:1", Labels: { keep: "yes" } });
    const file = path.join(folder, "fresh.tar");
    await here.client.transfer.exportContainer({ id: "fresh", path: file });
    const { name, notes } = await there.client.transfer.importContainer({
      path: file,
      start: false,
      name: "shop",
    });
    expect({ name, notes }).toEqual({
      name: "shop-2",
      notes: ["It is called shop-2, because the name was taken."],
    });
    const { Config, State } = await there.docker.getContainer("shop-2").inspect();
    expect(Config).toMatchObject({
      Image: "shop:1",
      Labels: expect.objectContaining({ keep: "yes" }) as object,
    });
    expect(State.Status).toBe("created");
  });

  it("leaves nothing behind of an import that fails or is cancelled", async () => {
    const whole = await readFile(path.join(folder, "fresh.tar"));
    const images = await names(there);
    const volumes = (await there.docker.listVolumes()).Volumes.length;
    const bad = path.join(folder, "bad.tar");
    for (const [content, code] of [
      [whole.subarray(0, whole.length / 2), "damaged_archive"],
      [whole.subarray(0, whole.length - 1536), "damaged_archive"],
      [Buffer.from("no archive"), "damaged_archive"],
      [
        Buffer.from(whole.toString("latin1").replace('"version": 1,', '"version": 9,'), "latin1"),
        "newer_archive",
      ],
    ] as const) {
      await writeFile(bad, content);
      await expect(there.client.transfer.importContainer({ path: bad })).rejects.toMatchObject({
        data: { code },
      });
    }
    const importing = there.client.transfer.importContainer({
      path: path.join(folder, "shop.tar.gz"),
      name: "late",
    });
    const cancelled = expect(importing).rejects.toMatchObject({ data: { code: "cancelled" } });
    const running = async () => (await there.client.activity.list()).find(({ state }) => state === "running");
    await expect.poll(running).toBeDefined();
    await there.client.activity.cancel({ id: (await running())?.id ?? "" });
    await cancelled;
    expect(await names(there)).toEqual(images);
    expect((await there.docker.listVolumes()).Volumes.length).toBe(volumes);
    expect((await there.docker.listContainers({ all: true })).length).toBe(2);
    // Nor of an export.
    expect((await readdir(folder)).filter((name) => name.includes(".part"))).toEqual([]);
  });

  async function names(engine: LocalEngine): Promise<string[]> {
    return (await engine.docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []).sort();
  }
});
