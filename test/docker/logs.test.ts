import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LogItem, readStream } from "../../engine/contract/index.ts";
import {
  buildTinyImage,
  localEngineProblem,
  type LocalEngine,
  startLocalEngine,
} from "../support/local-engine/index.ts";

const problem = localEngineProblem();

describe.skipIf(problem !== null)(
  `logs of real containers${problem === null ? "" : ` (skipped: ${problem})`}`,
  () => {
    let engine: LocalEngine;
    const following: { abort: AbortController; done: Promise<void> }[] = [];

    beforeAll(async () => {
      engine = await startLocalEngine();
    });
    afterAll(async () => {
      for (const { abort } of following) abort.abort();
      await Promise.all(following.map(({ done }) => done));
      await engine.stop();
    });

    /** Runs a line of shell in a container. */
    async function run(name: string, script: string, tty = false): Promise<string> {
      const container = await engine.docker.createContainer({
        name,
        Image: "berth/welcome",
        Entrypoint: ["sh", "-c", script],
        Cmd: [],
        Tty: tty,
        StopSignal: "SIGKILL",
      });
      await container.start();
      return container.id;
    }

    /** Follows logs for as long as the tests run; what came is in `items`. */
    function follow(ids: string[], tailLines: number | null = null): LogItem[] {
      const abort = new AbortController();
      const items: LogItem[] = [];
      const containers = ids.map((id) => ({ id }));
      const done = (async () => {
        const { client } = engine;
        const opened = client.logs.follow({ containers, tailLines }, { signal: abort.signal });
        try {
          for await (const item of readStream(client, opened)) items.push(item);
        } catch {
          // The end of the test.
        }
      })();
      following.push({ abort, done });
      return items;
    }

    const texts = (items: LogItem[]) => items.flatMap((item) => (item.kind === "line" ? [item.text] : []));

    it("goes on when the container starts again, and says so, without losing or repeating a line", async () => {
      const id = await run("again", "echo first; sleep 0.2; echo last; exec sleep 1000");
      const items = follow([id]);
      await expect.poll(() => texts(items)).toEqual(["first", "last"]);
      await engine.client.containers.restart({ id });
      await expect.poll(() => texts(items)).toEqual(["first", "last", "first", "last"]);
      const kinds = items.map((item) => (item.kind === "line" ? item.text : item.kind));
      expect(kinds).toEqual(["first", "last", "ended", "started", "first", "last"]);
      await engine.client.containers.remove({ id, force: true });
      await expect.poll(() => items.at(-1)).toEqual({ kind: "ended", container: id, reason: "removed" });
    });

    it("brings every line of a burst", async () => {
      const id = await run(
        "burst",
        'i=0; while [ $i -lt 20000 ]; do echo "line $i of a burst"; i=$((i+1)); done',
      );
      const items = follow([id]);
      await expect.poll(() => texts(items).length, { timeout: 30_000 }).toBe(20_000);
      expect(texts(items).at(-1)).toBe("line 19999 of a burst");
    });

    it("merges several containers in order of time, each line with its container", async () => {
      const [one, two] = await Promise.all([
        run("one", "echo a1; sleep 0.4; echo a2; exec sleep 1000"),
        run("two", "sleep 0.2; echo b1 >&2; sleep 0.4; echo b2 >&2; exec sleep 1000"),
      ]);
      await expect.poll(async () => (await engine.exec(["docker", "logs", "two"])).stderr).toContain("b2");
      const items = follow([one, two]);
      await expect.poll(() => texts(items)).toEqual(["a1", "b1", "a2", "b2"]);
      const sources = items.flatMap((item) =>
        item.kind === "line" ? [`${item.container === one ? "one" : "two"} ${item.source}`] : [],
      );
      expect(sources).toEqual(["one stdout", "two stderr", "one stdout", "two stderr"]);
    });

    it("takes a line of 10 MB and bytes that are no text", async () => {
      const id = await run(
        "long",
        "head -c 10000000 /dev/zero | tr '\\0' x; echo; head -c 2000 /dev/urandom; echo; echo end",
      );
      const items = follow([id]);
      await expect.poll(() => texts(items).at(-1), { timeout: 30_000 }).toBe("end");
      const long = items.filter((item) => item.kind === "line" && item.text.startsWith("x"));
      expect(texts(long).reduce((sum, text) => sum + text.length, 0)).toBe(10_000_000);
    });

    it("goes on after Docker itself was started again", async () => {
      const container = await engine.docker.createContainer({
        name: "through",
        Image: "berth/welcome",
        Entrypoint: ["sh", "-c", "echo up; exec sleep 1000"],
        StopSignal: "SIGKILL",
        HostConfig: { RestartPolicy: { Name: "always" } },
      });
      await container.start();
      const items = follow([container.id]);
      await expect.poll(() => texts(items)).toEqual(["up"]);
      await engine.exec(["sh", "-c", "kill -9 $(pidof dockerd)"]);
      await expect.poll(() => texts(items), { timeout: 30_000 }).toEqual(["up", "up"]);
    });

    it("tells what cannot be read", async () => {
      const opened = engine.client.logs.follow({ containers: [{ id: "nobody" }] });
      await expect(opened).rejects.toMatchObject({ data: { code: "not_found" } });
      await buildTinyImage(engine.docker, "silent", {});
      const silent = await engine.docker.createContainer({
        name: "silent",
        Image: "silent",
        HostConfig: { LogConfig: { Type: "none", Config: {} } },
      });
      await silent.start();
      const reading = readStream(
        engine.client,
        engine.client.logs.follow({ containers: [{ id: "silent" }] }),
      );
      await expect(reading.next()).rejects.toMatchObject({
        message: expect.stringContaining("logging driver") as string,
      });
    });
  },
);
