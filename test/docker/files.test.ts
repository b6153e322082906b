import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BerthClient, readStream } from "../../engine/contract/index.ts";
import {
  buildTinyImage,
  localEngineProblem,
  type LocalEngine,
  startLocalEngine,
} from "../support/local-engine/index.ts";

const problem = localEngineProblem();
const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");
const plain = (text: string) => Buffer.from(text, "base64").toString();

describe.skipIf(problem !== null)(
  `files of containers${problem === null ? "" : ` (skipped: ${problem})`}`,
  () => {
    let engine: LocalEngine;
    let files: BerthClient["files"];
    let running: string;
    let stopped: string;

    beforeAll(async () => {
      engine = await startLocalEngine();
      files = engine.client.files;
      await buildTinyImage(engine.docker, "files:1", { "/etc/app.conf": "port=1\n", "/srv/old.txt": "old" });
      const create = (name: string) =>
        engine.docker.createContainer({
          name,
          Image: "files:1",
          Entrypoint: [
            "sh",
            "-c",
            "echo new >/srv/added.txt; rm /srv/old.txt; echo 2 >>/etc/app.conf; exec sleep 1000",
          ],
          HostConfig: { Binds: ["shared:/shared"] },
        });
      const first = await create("running");
      await first.start();
      running = first.id;
      const second = await create("stopped");
      await second.start();
      while (
        (await engine.exec(["docker", "exec", "stopped", "tail", "-n1", "/etc/app.conf"])).stdout !== "2\n"
      );
      await second.stop({ t: 0 });
      stopped = second.id;
    });
    afterAll(() => engine.stop());

    const names = async (id: string, path: string) =>
      (await files.list({ id, path })).entries.map(({ name }) => name).sort();

    it("lists folders of a running and of a stopped container, and marks what differs from the image", async () => {
      for (const id of [running, stopped]) {
        const { path, entries, omitted } = await files.list({ id, path: "/srv/" });
        expect({ path, omitted }).toEqual({ path: "/srv", omitted: 0 });
        expect(Object.fromEntries(entries.map(({ name, change }) => [name, change]))).toEqual({
          "added.txt": "added",
          "old.txt": "deleted",
        });
        const conf = (await files.list({ id, path: "/etc" })).entries.find(({ name }) => name === "app.conf");
        expect(conf).toMatchObject({ kind: "file", change: "modified", sizeBytes: 9, uid: 0, mode: 0o755 });
        expect(await names(id, "/")).toEqual(expect.arrayContaining(["bin", "etc", "shared", "srv"]));
      }
    });

    it("keeps to the container whatever its links and names are", async () => {
      const odd = ["with space", "quote'\"`$(x)", "line\nbreak", "-rf", "<b>html", "ünï", "a' -> 'b"];
      const script = `mkdir /odd && cd /odd && ln -s /etc/shadow escape && ln -s ../../../../data up && for n; do : >"./$n"; done`;
      await engine.exec(["docker", "exec", "running", "sh", "-c", script, "sh", ...odd]);
      const { entries } = await files.list({ id: running, path: "/odd" });
      expect(entries.map(({ name }) => name).sort()).toEqual([...odd, "escape", "up"].sort());
      expect(entries.find(({ name }) => name === "escape")).toMatchObject({
        kind: "symlink",
        target: "/etc/shadow",
      });
      // The image has neither: the guest's own files are never reached.
      await expect(files.read({ id: running, path: "/odd/escape" })).rejects.toMatchObject({
        data: { code: "not_found" },
      });
      await expect(files.list({ id: running, path: "/odd/up" })).rejects.toMatchObject({
        data: { code: "not_found" },
      });
      await files.remove({ id: running, paths: odd.map((name) => `/odd/${name}`) });
      expect(await names(running, "/odd")).toEqual(["escape", "up"]);
      await files.remove({ id: running, paths: ["/odd"] });
      await expect(files.list({ id: running, path: "/odd" })).rejects.toMatchObject({
        data: { code: "not_found" },
      });
    });

    it("reads and writes text, keeps mode and owner, and refuses to overwrite what changed meanwhile", async () => {
      await engine.exec([
        "docker",
        "exec",
        "running",
        "sh",
        "-c",
        "echo one >/note; chmod 640 /note; chown 33:34 /note",
      ]);
      for (const [id, path] of [
        [running, "/note"],
        [stopped, "/etc/app.conf"],
      ] as const) {
        const content = await files.read({ id, path });
        expect(content).toMatchObject({ path, truncated: false });
        await files.write({ id, path, data: base64(`${plain(content.data)}more\n`), expected: content });
        expect(plain((await files.read({ id, path })).data)).toBe(`${plain(content.data)}more\n`);
        await expect(
          files.write({ id, path, data: base64("lost"), expected: content }),
        ).rejects.toMatchObject({
          data: { code: "changed_meanwhile" },
        });
      }
      const listed = await engine.exec(["docker", "exec", "running", "stat", "-c", "%a %u:%g", "/note"]);
      expect(listed.stdout).toBe("640 33:34\n");
      await files.makeFolder({ id: stopped, path: "/made" });
      await files.write({ id: stopped, path: "/made/new", data: base64("x"), expected: null });
      await expect(
        files.write({ id: stopped, path: "/made/new", data: base64("y"), expected: null }),
      ).rejects.toMatchObject({
        data: { code: "exists" },
      });
      expect(await names(stopped, "/made")).toEqual(["new"]);
      expect((await files.read({ id: running, path: "/bin/busybox", maxBytes: 100 })).truncated).toBe(true);
    });

    it("removes from a stopped container and from a volume, and what is gone is gone when it starts", async () => {
      await files.write({ id: stopped, path: "/shared/in-volume", data: base64("v"), expected: null });
      expect(await names(running, "/shared")).toEqual(["in-volume"]);
      await files.remove({ id: stopped, paths: ["/srv/added.txt", "/shared/in-volume", "/bin/vi"] });
      expect(await names(running, "/shared")).toEqual([]);
      expect(await names(stopped, "/srv")).toEqual(["old.txt"]);
      await expect(files.remove({ id: stopped, paths: ["/"] })).rejects.toMatchObject({
        data: { code: "invalid_path" },
      });
      const copy = await engine.exec(["docker", "start", "stopped"]);
      expect(copy.exitCode).toBe(0);
      expect((await engine.exec(["docker", "exec", "stopped", "ls", "/bin/vi"])).exitCode).not.toBe(0);
      await engine.docker.getContainer(stopped).stop({ t: 0 });
    });

    it("does not write where the container may not", async () => {
      const container = await engine.docker.createContainer({
        name: "locked",
        Image: "files:1",
        Entrypoint: ["sleep", "1000"],
        HostConfig: { ReadonlyRootfs: true, Binds: ["shared:/shared:ro"] },
      });
      await container.start();
      await files.write({ id: running, path: "/shared/kept", data: base64("k"), expected: null });
      for (const path of ["/etc/app.conf", "/shared/kept"]) {
        await expect(files.remove({ id: "locked", paths: [path] })).rejects.toMatchObject({
          data: { code: "read_only" },
        });
      }
      expect(await names(container.id, "/shared")).toContain("kept");
    });

    it("uploads files and folders and gives back the same bytes", async () => {
      const bytes = randomBytes(3_000_000);
      const { client } = engine;
      const session = randomUUID();
      const entries = [
        { path: "pics", kind: "directory" as const, sizeBytes: 0, modifiedAt: null },
        { path: "pics/empty", kind: "file" as const, sizeBytes: 0, modifiedAt: null },
        {
          path: "pics/big.bin",
          kind: "file" as const,
          sizeBytes: bytes.length,
          modifiedAt: "2026-01-02T03:04:05.000Z",
        },
        { path: "small.txt", kind: "file" as const, sizeBytes: 5, modifiedAt: null },
      ];
      const all = Buffer.concat([bytes, Buffer.from("hello")]);
      const states: string[] = [];
      for await (const item of readStream(
        client,
        files.upload({ session, id: stopped, path: "/srv", entries }),
      )) {
        states.push(item.kind);
        if (item.kind !== "ready") continue;
        for (let start = 0; start < all.length; start += 200_000) {
          await files.uploadData({ session, data: base64(all.subarray(start, start + 200_000)) });
        }
      }
      expect(states).toEqual(["ready", "done"]);
      expect(await names(stopped, "/srv/pics")).toEqual(["big.bin", "empty"]);
      const got: Buffer[] = [];
      let begun: unknown;
      for await (const item of readStream(
        client,
        files.download({ id: stopped, path: "/srv/pics/big.bin" }),
      )) {
        if (item.kind === "begin") begun = item;
        else got.push(Buffer.from(item.data, "base64"));
      }
      expect(begun).toEqual({ kind: "begin", name: "big.bin", sizeBytes: bytes.length });
      expect(Buffer.concat(got).equals(bytes)).toBe(true);
      const [activity] = await client.activity.list();
      expect(activity).toMatchObject({ kind: "files.upload", title: "Upload 4 files", state: "done" });
    });

    it("an upload that is given up leaves nothing open, and a path out of the folder is refused", async () => {
      const { client } = engine;
      const session = randomUUID();
      const entries = [{ path: "half", kind: "file" as const, sizeBytes: 1_000_000, modifiedAt: null }];
      for await (const item of readStream(
        client,
        files.upload({ session, id: running, path: "/srv", entries }),
      )) {
        expect(item.kind).toBe("ready");
        await files.uploadData({ session, data: base64("begin") });
        break;
      }
      await expect.poll(async () => (await client.activity.list()).at(-1)?.state).toBe("cancelled");
      expect(await names(running, "/srv")).not.toContain("half");
      const outside = files.upload({
        session: randomUUID(),
        id: running,
        path: "/srv",
        entries: [{ path: "../etc/passwd", kind: "file", sizeBytes: 0, modifiedAt: null }],
      });
      await expect(readStream(client, outside).next()).rejects.toMatchObject({
        data: { code: "invalid_path" },
      });
    });

    it("lists a folder of ten thousand files in one go", async () => {
      await engine.exec([
        "docker",
        "exec",
        "running",
        "sh",
        "-c",
        "mkdir /many; cd /many; seq 1 10000 | xargs touch",
      ]);
      const added = async () => {
        const { entries } = await files.list({ id: running, path: "/many" });
        return entries.filter(({ change }) => change === "added").length;
      };
      await expect.poll(added).toBe(10_000);
    });

    it("tells of a container that is gone", async () => {
      await expect(files.list({ id: "nobody", path: "/" })).rejects.toMatchObject({
        data: { code: "not_found" },
      });
    });
  },
);
