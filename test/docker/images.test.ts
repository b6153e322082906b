import { mkdtemp, rm, stat, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { readStream } from "../../engine/contract/index.ts";
import {
  buildTinyImage,
  localEngineProblem,
  type LocalEngine,
  startLocalEngine,
  startRegistry,
} from "../support/local-engine/index.ts";
import { done, ended } from "./support/outcome.ts";
import { layered, noise } from "./support/images.ts";

const problem = localEngineProblem();
const reclaimed = z.object({ LayersSize: z.number() });

describe.skipIf(problem !== null)(`images${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let engine: LocalEngine;
  let folder: string;

  beforeAll(async () => {
    engine = await startLocalEngine();
    folder = await mkdtemp(path.join(os.tmpdir(), "berth-images-"));
    // Keeps the image that the others are made of.
    await engine.docker.createContainer({ Image: "berth/welcome", name: "keeper" });
  });
  afterAll(async () => {
    await engine.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const tagged = async (tag: string) =>
    (await engine.client.images.list()).find(({ tags }) => tags.includes(tag));
  const appears = async (tag: string) => {
    await expect.poll(() => tagged(tag)).toBeDefined();
    const image = await tagged(tag);
    if (image === undefined) throw new Error(`${tag} is gone`);
    return image;
  };

  it("tells sizes, history and who builds on whom", async () => {
    const { client, docker } = engine;
    await buildTinyImage(docker, "base:1", { "/base": "b".repeat(100_000) });
    await layered(docker, "child:1", ["c".repeat(50)], "base:1");
    const child = await appears("child:1");
    const base = await appears("base:1");
    await expect.poll(async () => (await tagged("child:1"))?.sharedBytes).toBe(base.sizeBytes);
    expect(child.sizeBytes - base.sizeBytes).toBe(50_000);

    const details = await client.images.details({ id: child.id });
    expect(details.history.at(-1)).toMatchObject({ sizeBytes: 50_000 });

    const nodes = await client.images.lineage();
    const of = (id: string) => nodes.find(({ images }) => images.includes(id));
    expect(of(child.id)).toMatchObject({ parent: of(base.id)?.id, addedBytes: 50_000 });
    const welcome = await appears("berth/welcome:latest");
    expect(of(base.id)).toMatchObject({ parent: of(welcome.id)?.id, addedBytes: 100_000 });

    const preview = await client.images.removalPreview({ id: base.id });
    expect(preview.descendants.map(({ name }) => name)).toEqual(["child:1"]);
    expect(preview.freedBytes).toBe(0);
  });

  it("saves to a file, loads it again, and refuses one that was cut off", async () => {
    const { client, docker } = engine;
    await buildTinyImage(docker, "kept:1", { "/kept": "k".repeat(200_000) });
    const { id } = await appears("kept:1");
    for (const name of ["kept.tar", "kept.tar.gz", "kept.tar.zst"]) {
      const file = path.join(folder, name);
      await done(client, (await client.images.save({ references: ["kept:1"], path: file })).activity);
      await client.images.remove({ id, force: true });
      await expect.poll(() => tagged("kept:1")).toBeUndefined();
      await done(client, (await client.images.load({ path: file })).activity);
      expect((await appears("kept:1")).id).toBe(id);
    }
    const cut = path.join(folder, "kept.tar");
    await truncate(cut, (await stat(cut)).size / 2);
    const failed = await ended(client, (await client.images.load({ path: cut })).activity);
    expect(failed.state).toBe("failed");
    expect(failed.error?.message).toMatch(/damaged|not complete/);
    const missing = await ended(client, (await client.images.load({ path: `${cut}.none` })).activity);
    expect(missing.error?.message).toContain("does not exist");
  });

  it("imports a root file system", async () => {
    const { client, docker } = engine;
    const container = await docker.createContainer({ Image: "berth/welcome" });
    const file = path.join(folder, "root.tar");
    await writeFile(file, await container.export());
    await container.remove();
    const started = await client.images.importRootfs({
      path: file,
      reference: "mine/root:2",
      changes: ['CMD ["cat","/etc/hostname"]'],
    });
    await done(client, started.activity);
    const image = await appears("mine/root:2");
    expect((await client.images.details({ id: image.id })).command).toEqual(["cat", "/etc/hostname"]);
    expect((await engine.exec(["docker", "run", "--rm", "mine/root:2", "ls", "/www"])).exitCode).toBe(0);
    await writeFile(file, "this is no tar file at all, but long enough to be read as one".repeat(100));
    const failed = await ended(
      client,
      (await client.images.importRootfs({ path: file, reference: "mine/bad:1" })).activity,
    );
    expect(failed.state).toBe("failed");
    expect(await tagged("mine/bad:1")).toBeUndefined();
  });

  it("pushes, sees that the registry has a newer one, and pulls it", async () => {
    const { client, docker } = engine;
    const registry = await startRegistry(engine, { port: 5010 });
    const name = `${registry.address}/team/app:1`;
    await buildTinyImage(docker, "app:1", { "/version": "one" });
    const first = await appears("app:1");
    await client.images.tag({ id: first.id, reference: name });
    await done(client, (await client.images.push({ reference: name })).activity);
    await appears(name);
    await expect.poll(async () => (await tagged(name))?.digests.length).toBe(1);
    const check = async () => {
      const answers = [];
      for await (const one of readStream(
        client,
        client.images.updates({ ids: [(await appears(name)).id] }),
      )) {
        if (one.reference === name) answers.push(one.state);
      }
      return answers;
    };
    expect(await check()).toEqual(["current"]);
    // Somebody else pushes a newer one.
    await buildTinyImage(docker, "app:2", { "/version": "two" });
    const second = await appears("app:2");
    await client.images.tag({ id: second.id, reference: name });
    await done(client, (await client.images.push({ reference: name })).activity);
    await client.images.untag({ reference: name });
    await client.images.tag({ id: first.id, reference: name });
    // Its own digest is what the first push left.
    await expect.poll(async () => (await tagged(name))?.id).toBe(first.id);
    expect(await check()).toEqual(["available"]);
    await done(client, (await client.images.pull({ reference: name })).activity);
    await expect.poll(async () => (await tagged(name))?.id).toBe(second.id);
    expect(await check()).toEqual(["current"]);
    await registry.stop();
    expect(await check()).toEqual(["failed"]);
  });

  it.each(["dangling", "all"])(
    "frees with a prune of %s images exactly what the preview said",
    async (kind) => {
      const { client, docker } = engine;
      const all = kind === "all";
      // Pulled, saved and loaded images, as well as one that stays because a container uses it.
      await layered(docker, "old:1", ["a", "b", "c"]);
      await layered(docker, "used:1", ["a", "b", "x"]);
      await engine.exec(["docker", "create", "--name", `user-${kind}`, "used:1"]);
      await layered(docker, "old:1", ["a", "b", "d"]);
      await expect
        .poll(async () => (await client.images.list()).some(({ tags }) => tags.length === 0))
        .toBe(true);
      const size = async () => reclaimed.parse(await docker.df()).LayersSize;
      const preview = await client.images.prunePreview({ all });
      expect(preview.images.length).toBeGreaterThan(0);
      expect(preview.images.map(({ name }) => name)).not.toContain("used:1");
      expect(preview.freedBytes).toBeGreaterThan(0);
      const before = await size();
      const result = await client.images.prune({ ids: preview.images.map(({ id }) => id) });
      expect(result).toEqual({ removed: preview.images.length, freedBytes: preview.freedBytes, kept: [] });
      expect(before - (await size())).toBe(preview.freedBytes + preview.heldByCacheBytes);
      expect((await client.images.prunePreview({ all })).images).toEqual([]);
      await engine.exec(["docker", "rm", `user-${kind}`]);
    },
  );

  it("knows what the build cache keeps of the images that a prune removes", async () => {
    const { client, docker } = engine;
    for (const text of ["one", "two", "three"]) {
      const content = `FROM berth/welcome\nRUN seq 20000 >/same\nRUN for i in $(seq 9000); do echo ${text}; done >/own\n`;
      const { activity } = await client.builds.start({
        source: { kind: "dockerfile", content },
        tags: ["again:1"],
      });
      await done(client, activity);
    }
    const { images: before } = await client.images.prunePreview({ all: true });
    const others = before.filter(({ name }) => !name.startsWith("again")).map(({ id }) => id);
    const dangling = (await client.images.prunePreview({ all: false })).images.map(({ id }) => id);
    const old = others.filter((id) => !dangling.includes(id));
    if (old.length > 0) await client.images.prune({ ids: old });
    await layered(docker, "beside:1", ["p", "q"]);
    await expect
      .poll(async () => (await client.images.list()).filter(({ tags }) => tags.length === 0).length)
      .toBe(2);
    const prune = async (all: boolean) => {
      const preview = await client.images.prunePreview({ all });
      const result = await client.images.prune({ ids: preview.images.map(({ id }) => id) });
      expect(result.freedBytes).toBe(preview.freedBytes);
      return preview;
    };
    expect(await prune(false)).toMatchObject({ freedBytes: 0, heldByCacheBytes: 9000 * 4 + 9000 * 4 });
    expect(await prune(true)).toMatchObject({ freedBytes: 2000, heldByCacheBytes: 108_894 + 9000 * 6 });
  });

  it("leaves nothing behind when a pull or push is cancelled, and the next one works", async () => {
    const { client, docker } = engine;
    const registry = await startRegistry(engine, { port: 5011 });
    const name = `${registry.address}/big:1`;
    const files = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`/f${at}`, noise(12_000_000)]));
    await buildTinyImage(docker, name, files);
    const { id } = await appears(name);
    const push = await client.images.push({ reference: name });
    await cancelOnceMoving(push.activity);
    expect((await ended(client, push.activity)).state).toBe("cancelled");
    await expect.poll(() => transfers()).toBe(0);
    await done(client, (await client.images.push({ reference: name })).activity);
    await client.images.remove({ id, force: true });
    await engine.exec(["docker", "builder", "prune", "--all", "--force"]);
    const pull = await client.images.pull({ reference: name });
    await cancelOnceMoving(pull.activity);
    expect((await ended(client, pull.activity)).state).toBe("cancelled");
    await expect.poll(() => transfers()).toBe(0);
    expect(await tagged(name)).toBeUndefined();
    await done(client, (await client.images.pull({ reference: name })).activity);
    await appears(name);
    await registry.stop();
  });

  async function cancelOnceMoving(activity: string): Promise<void> {
    const { client } = engine;
    const moving = async () =>
      (await client.activity.list())
        .find(({ id }) => id === activity)
        ?.parts?.some(({ progress }) => progress !== null);
    await expect.poll(moving, { interval: 5 }).toBe(true);
    await client.activity.cancel({ id: activity });
  }

  /** Connections that dockerd holds open to a registry with data on the way. */
  async function transfers(): Promise<number> {
    const { stdout } = await engine.exec(["ls", "-A", "/var/lib/docker/tmp"]);
    return stdout.split("\n").filter((line) => line.startsWith("GetImageBlob")).length;
  }
});
