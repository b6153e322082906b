import { randomUUID } from "node:crypto";
import { pack } from "tar-stream";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readStream } from "../../engine/contract/index.ts";
import { localEngineProblem, type LocalEngine, startLocalEngine } from "../support/local-engine/index.ts";

const problem = localEngineProblem();

type Target = { kind: "container"; id: string; user?: string } | { kind: "tools"; id: string };

describe.skipIf(problem !== null)(`terminals${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let engine: LocalEngine;
  let plain: string;

  beforeAll(async () => {
    engine = await startLocalEngine();
    plain = (await engine.client.containers.run({ image: "berth/welcome", name: "plain" })).id;
  });
  afterAll(() => engine.stop());

  /** A terminal and what it has shown so far. */
  class Session {
    readonly id = randomUUID();
    shown = "";
    exitCode: number | null = null;
    readonly #abort = new AbortController();
    readonly ended: Promise<void>;

    constructor(target: Target, command: string[] = []) {
      this.ended = this.#read(target, command);
      this.ended.catch(() => undefined);
    }

    type(text: string): Promise<void> {
      return engine.client.terminal.input({ session: this.id, data: Buffer.from(text).toString("base64") });
    }

    /** Leaves, as a window that is closed does. */
    async leave(): Promise<void> {
      this.#abort.abort();
      await this.ended.catch(() => undefined);
    }

    async #read(target: Target, command: string[]): Promise<void> {
      const opened = engine.client.terminal.open(
        { session: this.id, target, command, tty: true, columns: 100, rows: 30 },
        { signal: this.#abort.signal },
      );
      for await (const item of readStream(engine.client, opened)) {
        if (item.kind === "exit") this.exitCode = item.code;
        else this.shown += Buffer.from(item.data, "base64").toString();
      }
    }
  }

  it("finds the shells and users of an image without running anything", async () => {
    const { shells, users } = await engine.client.terminal.choices({ id: plain });
    expect(shells).toContain("/bin/sh");
    expect(users).toContain("root");
  });

  it("runs the chosen command as the chosen user, with the window's size", async () => {
    const session = new Session({ kind: "container", id: plain, user: "65534" }, ["/bin/sh"]);
    await expect.poll(() => session.shown).toContain("$ ");
    await session.type("id -u; stty size; echo $TERM\r");
    await expect.poll(() => session.shown).toMatch(/65534\r\n30 100\r\nxterm-256color/);
    await engine.client.terminal.resize({ session: session.id, columns: 77, rows: 11 });
    await session.type("stty size; exit 7\r");
    await session.ended;
    expect(session.shown).toContain("11 77");
    expect(session.exitCode).toBe(7);
  });

  it("leaves nothing running in the container when the terminal is closed", async () => {
    const sessions = [1, 2].map(
      () => new Session({ kind: "container", id: plain }, ["/bin/sh", "-c", "echo up; exec sleep 4711"]),
    );
    const sleeping = async () =>
      (await engine.exec(["docker", "top", "plain"])).stdout.match(/sleep 4711/g)?.length ?? 0;
    await expect.poll(sleeping).toBe(2);
    await Promise.all(sessions.map((session) => session.leave()));
    await expect.poll(sleeping).toBe(0);
  });

  it("gives an image without anything a shell with tools, which is gone when it ends", async () => {
    const name = await containerFromScratch();
    expect((await engine.client.terminal.choices({ id: name })).shells).toEqual([]);
    const refused = new Session({ kind: "container", id: name }, ["/bin/sh"]);
    await refused.ended;
    expect(refused.exitCode).toBeGreaterThan(125);
    expect(refused.shown).toContain("no such file or directory");

    const session = new Session({ kind: "tools", id: name });
    await expect.poll(() => session.shown, { timeout: 10_000 }).toContain("# ");
    await session.type("ls; ps | grep -c '[s]leep 4712'\r");
    await expect.poll(() => session.shown).toMatch(/sleep[\s\S]*\r\n1\r\n/);
    await expect
      .poll(async () => (await engine.client.containers.list()).filter((one) => one.autoRemove))
      .toHaveLength(1);
    await session.leave();
    await expect.poll(async () => (await engine.docker.listContainers({ all: true })).length).toBe(2);
  });

  /** A container whose image is one static program and nothing else. */
  async function containerFromScratch(): Promise<string> {
    const busybox = (await engine.exec(["base64", "-w0", "/usr/bin/busybox"])).stdout;
    const context = pack();
    context.entry({ name: "Dockerfile" }, 'FROM scratch\nCOPY sleep /sleep\nENTRYPOINT ["/sleep", "4712"]\n');
    // The name under which busybox is called decides what it does.
    context.entry({ name: "sleep", mode: 0o755 }, Buffer.from(busybox, "base64"));
    context.finalize();
    const building = await engine.docker.buildImage(Readable.from(context, { objectMode: false }), {
      t: "bare",
    });
    await new Promise<void>((resolve, reject) => {
      engine.docker.modem.followProgress(building, (error) => (error ? reject(error) : resolve()));
    });
    await engine.docker
      .createContainer({ name: "bare", Image: "bare" })
      .then((container) => container.start());
    return "bare";
  }
});
