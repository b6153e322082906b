import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, stat, truncate } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { readStream } from "../../engine/contract/index.ts";
import { localEngineProblem, type LocalEngine, startLocalEngine } from "../support/local-engine/index.ts";
import { done, ended } from "./support/outcome.ts";

const problem = localEngineProblem();
const usage = z.object({ Volumes: z.array(z.object({ UsageData: z.object({ Size: z.number() }) })) });

/** Every kind of file that a volume may hold, with owners, modes, times and attributes of their own. */
const plant = `
cd "$0"
mkdir -p deep/er empty && echo hello >deep/er/file && printf '\\000\\001' >'odd \u00e4 name'
ln deep/er/file hard && ln -s deep/er/file soft && ln -s /nowhere broken && mkfifo pipe
truncate -s 50M sparse && head -c 300000 /dev/urandom >random
chown 999:998 deep/er/file && chown -h 12345:54321 soft && chmod 4751 random && chmod 1777 empty && chmod 700 .
touch -d '2001-02-03 04:05:06.123456789' deep/er/file && touch -h -d '1999-01-01 00:00:00.5' soft && touch -d '2010-10-10' deep empty
chown 70:70 .
`;
const digest = `tar --create --sort=name --format=posix --pax-option=delete=atime,delete=ctime --numeric-owner --xattrs '--xattrs-include=*' --acls -C "$0" . | sha256sum`;

describe.skipIf(problem !== null)(`volumes${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let engine: LocalEngine;
  let folder: string;

  beforeAll(async () => {
    engine = await startLocalEngine();
    folder = await mkdtemp(path.join(os.tmpdir(), "berth-volumes-"));
  });
  afterAll(async () => {
    await engine.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const guestPath = (volume: string) => `/var/lib/docker/volumes/${volume}/_data`;
  const run = async (script: string, ...words: string[]) => {
    const { stdout, stderr, exitCode } = await engine.exec(["sh", "-c", script, ...words]);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  const digestOf = (volume: string) => run(digest, guestPath(volume));
  const volumes = async () => (await engine.client.volumes.list()).map(({ id }) => id);

  async function planted(name: string): Promise<string> {
    await engine.client.volumes.create({ name });
    await run(plant, guestPath(name));
    const file = `${engine.guestRoot}${guestPath(name)}/deep/er/file`;
    execFileSync("python3", [
      "-c",
      "import os,sys; os.setxattr(sys.argv[1], 'user.note', b'kept'); os.setxattr(sys.argv[1], 'security.capability', bytes.fromhex('0100000200040000000000000000000000000000'))",
      file,
    ]);
    return digestOf(name);
  }

  it.each(["tar", "tar.gz", "tar.zst"])(
    "comes back from a .%s as it was, to the last attribute",
    async (kind) => {
      const { client } = engine;
      const before = await planted("data");
      const file = path.join(folder, `data.${kind}`);
      await done(client, (await client.volumes.backup({ name: "data", path: file })).activity);
      await client.volumes.remove({ name: "data" });
      await expect.poll(volumes).not.toContain("data");
      await done(client, (await client.volumes.restore({ name: "data", path: file })).activity);
      expect(await digestOf("data")).toBe(before);
      expect((await stat(file)).size).toBeLessThan(2_000_000);
      await client.volumes.remove({ name: "data" });
    },
  );

  it("is cloned whole, and never over another", async () => {
    const { client } = engine;
    const before = await planted("first");
    await done(client, (await client.volumes.clone({ name: "first", to: "second" })).activity);
    expect(await digestOf("second")).toBe(before);
    const again = await ended(client, (await client.volumes.clone({ name: "first", to: "second" })).activity);
    expect(again.error?.message).toContain("already");
    expect(await digestOf("second")).toBe(before);
  });

  it("keeps what it holds when a backup cannot be restored", async () => {
    const { client } = engine;
    const before = await planted("kept");
    const good = path.join(folder, "kept.tar");
    await done(client, (await client.volumes.backup({ name: "kept", path: good })).activity);
    const refused = async (file: string, more = {}) => {
      const { activity } = await client.volumes.restore({ name: "kept", path: file, replace: true, ...more });
      const { state, error } = await ended(client, activity);
      expect(state).toBe("failed");
      expect(await digestOf("kept")).toBe(before);
      expect(await run('ls "$0"', path.posix.dirname(guestPath("kept")))).toBe("_data");
      return error?.message ?? "";
    };
    const cut = path.join(folder, "cut.tar.gz");
    await done(client, (await client.volumes.backup({ name: "kept", path: cut })).activity);
    await truncate(cut, (await stat(cut)).size - 5000);
    expect(await refused(cut)).toContain("not all of one");
    const tree = path.join(folder, "tree");
    await mkdir(tree);
    execFileSync("mknod", [path.join(tree, "disk"), "b", "7", "0"]);
    execFileSync("tar", ["-cf", path.join(folder, "device.tar"), "-C", tree, "."]);
    expect(await refused(path.join(folder, "device.tar"))).toContain("device ./disk");
    execFileSync("tar", [
      "--format=posix",
      "--pax-option=BERTH.architecture=aarch64",
      "-cf",
      path.join(folder, "arm.tar"),
      "-C",
      folder,
      "cut.tar.gz",
    ]);
    expect(await refused(path.join(folder, "arm.tar"))).toContain("another processor (aarch64");
    expect(await refused(path.join(folder, "none.tar"))).toContain("does not exist");
    const notEmpty = await ended(
      client,
      (await client.volumes.restore({ name: "kept", path: good })).activity,
    );
    expect(notEmpty.error?.message).toBe("kept is not empty.");
    // A name that did not exist is not left behind either.
    const fresh = await ended(client, (await client.volumes.restore({ name: "fresh", path: cut })).activity);
    expect(fresh.state).toBe("failed");
    expect(await volumes()).not.toContain("fresh");
    await done(client, (await client.volumes.restore({ name: "kept", path: good, replace: true })).activity);
    expect(await digestOf("kept")).toBe(before);
  });

  it("tells who uses it, and is protected while it is used", async () => {
    const { client } = engine;
    await client.volumes.create({ name: "busy" });
    const { id } = await client.containers.run({
      image: "berth/welcome",
      name: "worker",
      volumes: [{ volume: "busy", containerPath: "/data", readOnly: false }],
    });
    const busy = async () => (await client.volumes.list()).find((volume) => volume.id === "busy");
    await expect.poll(async () => (await busy())?.usedBy).toEqual([{ id, name: "worker", running: true }]);
    await expect(client.volumes.remove({ name: "busy" })).rejects.toThrow("while worker uses it");
    const file = path.join(folder, "busy.tar");
    await done(client, (await client.volumes.backup({ name: "busy", path: file })).activity);
    const refused = await ended(
      client,
      (await client.volumes.restore({ name: "busy", path: file, replace: true })).activity,
    );
    expect(refused.error?.message).toContain("while worker uses it");
    await client.containers.remove({ id, force: true });
    await expect.poll(async () => (await busy())?.usedBy).toEqual([]);
  });

  it("can be looked into without a container of its own, which no list shows", async () => {
    const { client } = engine;
    await planted("looked");
    const reader = readStream(client, client.volumes.browse({ name: "looked" }));
    const { value } = await reader.next();
    if (value === undefined) throw new Error("nothing to look through");
    const { entries } = await client.files.list({ id: value.container, path: value.path });
    expect(entries.map(({ name }) => name)).toContain("deep");
    const { data } = await client.files.read({ id: value.container, path: `${value.path}/deep/er/file` });
    expect(Buffer.from(data, "base64").toString()).toBe("hello\n");
    expect((await client.containers.list()).map((container) => container.id)).not.toContain(value.container);
    expect((await client.images.list()).flatMap(({ tags }) => tags)).not.toContain("berth/volume-helper:1");
    await reader.return();
    await expect.poll(() => run("docker ps --all --quiet")).toBe("");
    await client.volumes.remove({ name: "looked" });
  });

  it("frees with a prune exactly what the preview said", async () => {
    const { client } = engine;
    const write = "seq 50000 >/data/numbers";
    await engine.exec([
      "docker",
      "run",
      "--name",
      "own",
      "--volume",
      "/data",
      "berth/welcome",
      "sh",
      "-c",
      write,
    ]);
    await engine.exec(["docker", "rm", "own"]);
    const total = async () => {
      const { Volumes } = usage.parse(await engine.docker.df());
      return Volumes.reduce((sum, { UsageData }) => sum + UsageData.Size, 0);
    };
    for (const all of [false, true]) {
      const preview = await client.volumes.prunePreview({ all });
      expect(preview.volumes.length).toBeGreaterThan(0);
      const was = await total();
      const result = await client.volumes.prune({ names: preview.volumes.map(({ id }) => id) });
      expect(result).toEqual({ removed: preview.volumes.length, freedBytes: preview.freedBytes, kept: [] });
      expect(was - (await total())).toBe(preview.freedBytes);
    }
    await expect.poll(volumes).toEqual([]);
  });

  it("stops a backup and a clone that are cancelled, and leaves nothing of them", async () => {
    const { client } = engine;
    await client.volumes.create({ name: "large" });
    await run('head -c 400000000 /dev/zero | tr "\\0" x >"$0/big"', guestPath("large"));
    const file = path.join(folder, "large.tar.gz");
    const backup = await client.volumes.backup({ name: "large", path: file });
    await client.activity.cancel({ id: backup.activity });
    expect((await ended(client, backup.activity)).state).toBe("cancelled");
    await expect(stat(file)).rejects.toThrow();
    const clone = await client.volumes.clone({ name: "large", to: "copy" });
    await expect.poll(volumes, { interval: 5 }).toContain("copy");
    await client.activity.cancel({ id: clone.activity });
    expect(["cancelled", "done"]).toContain((await ended(client, clone.activity)).state);
    await expect
      .poll(() => run("ps -ef 2>/dev/null || busybox ps"))
      .not.toMatch(/ (tar|cp) --(create|archive)/);
  });
});
