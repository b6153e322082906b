import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type BuildEvent,
  type BuildSpecInput,
  type BuildSummary,
  readStream,
} from "../../engine/contract/index.ts";
import { localEngineProblem, type LocalEngine, startLocalEngine } from "../support/local-engine/index.ts";
import { ended } from "./support/outcome.ts";

const problem = localEngineProblem();

describe.skipIf(problem !== null)(`builds${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let engine: LocalEngine;
  let root: string;

  beforeAll(async () => {
    engine = await startLocalEngine();
    root = await mkdtemp(path.join(os.tmpdir(), "berth-builds-"));
  });
  afterAll(async () => {
    await engine.stop();
    await rm(root, { recursive: true, force: true });
  });

  /** A folder with these files in it. */
  async function folder(name: string, files: Record<string, string>): Promise<string> {
    const at = path.join(root, name);
    for (const [file, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(at, file)), { recursive: true });
      await writeFile(path.join(at, file), content);
    }
    return at;
  }

  async function build(spec: BuildSpecInput): Promise<{ summary: BuildSummary; events: BuildEvent[] }> {
    const { id, activity } = await engine.client.builds.start(spec);
    const events: BuildEvent[] = [];
    for await (const event of readStream(engine.client, engine.client.builds.follow({ id })))
      events.push(event);
    await ended(engine.client, activity);
    const summary = (await engine.client.builds.list()).find((one) => one.id === id);
    if (summary === undefined) throw new Error("the build is not on the list");
    return { summary, events };
  }

  const logOf = (events: BuildEvent[], name: RegExp) => {
    const step = events.find((event) => event.kind === "step" && name.test(event.step.name));
    const id = step?.kind === "step" ? step.step.id : "";
    return events
      .flatMap((event) => (event.kind === "log" && event.step === id ? [event.text] : []))
      .join("");
  };
  const output = async (...words: string[]) =>
    (await engine.exec(["docker", "run", "--rm", ...words])).stdout.trim();

  it("builds a folder with arguments, a target, secrets and links, then takes it from the cache", async () => {
    const at = await folder("app", {
      Dockerfile: [
        "FROM berth/welcome AS base",
        "ARG NAME=nobody",
        "COPY . /app",
        'RUN --mount=type=secret,id=key sh -c "wc -c </run/secrets/key >/size"; echo "hello $NAME"',
        "FROM base AS other",
        "RUN exit 1",
      ].join("\n"),
      "run.sh": "echo ran",
      "data/kept.txt": "kept",
      "data/left/out.txt": "out",
      "node_modules/big.txt": "big",
      ".dockerignore":
        "\uFEFF# odd\n\nnode_modules\n**/left\n!data/left/none\n/./data/../Dockerfile\n*.log\n",
      "noise.log": "noise",
      "empty.txt": "",
    });
    await chmod(path.join(at, "run.sh"), 0o755);
    await symlink("run.sh", path.join(at, "link"));
    const spec: BuildSpecInput = {
      source: { kind: "folder", path: at },
      tags: ["built/app:1"],
      arguments: [{ name: "NAME", value: "Ada Lovelace" }],
      target: "base",
      secrets: [{ id: "key", from: { kind: "value", value: "s3cret!" } }],
    };
    const first = await build(spec);
    expect(first.summary).toMatchObject({ state: "done", cachedSteps: 0, failure: null, repeatable: false });
    expect(logOf(first.events, /RUN/)).toContain("hello Ada Lovelace");
    expect(await output("built/app:1", "sh", "-c", "cd /app && find . | sort && ./link && cat /size")).toBe(
      [
        ".",
        "./.dockerignore",
        "./Dockerfile",
        "./data",
        "./data/kept.txt",
        "./empty.txt",
        "./link",
        "./run.sh",
        "ran",
        "7",
      ].join("\n"),
    );
    const images = async () =>
      (await engine.client.images.list()).find(({ tags }) => tags.includes("built/app:1"))?.id;
    await expect.poll(images).toBe(first.summary.imageId);

    const second = await build(spec);
    expect(second.summary.state).toBe("done");
    expect(second.summary.cachedSteps).toBeGreaterThanOrEqual(2);
    // Neither the history nor the guest holds the secret.
    const kept = path.join(engine.home, "builds");
    for (const file of await readdir(kept)) {
      expect(await readFile(path.join(kept, file), "utf8")).not.toContain("s3cret!");
    }
    expect((await engine.exec(["sh", "-c", "ls -d /run/berth/build-* 2>/dev/null"])).stdout).toBe("");
  });

  it("shows a failed step's log and its line, and what else is wrong with a Dockerfile", async () => {
    const at = await folder("failing", {
      Dockerfile: "FROM berth/welcome\nRUN echo fine\nRUN echo first; echo 'it broke' >&2; exit 3\n",
    });
    const { summary, events } = await build({ source: { kind: "folder", path: at } });
    expect(summary).toMatchObject({ state: "failed", failure: { dockerfile: "Dockerfile", line: 3 } });
    expect(summary.failure?.message).toContain("exit code: 3");
    expect(summary.failure?.excerpt.find(({ failed }) => failed)?.text).toContain("it broke");
    expect(logOf(events, /it broke/)).toContain("first\n");
    expect(logOf(events, /it broke/)).toContain("it broke\n");
    const activity = await ended(engine.client, (await engine.client.activity.list()).at(-1)?.id ?? "");
    expect(activity.state).toBe("failed");

    const wrong = await build({ source: { kind: "dockerfile", content: "FROM berth/welcome\nRNU echo\n" } });
    expect(wrong.summary.failure?.message).toMatch(/Line 2 .*RNU/);
    const absent = await build({
      source: { kind: "dockerfile", content: "FROM berth/welcome\nCOPY no /\n" },
    });
    expect(absent.summary.failure?.message).toContain("not in the build context");
    const unknown = await build({ source: { kind: "dockerfile", content: "FROM localhost:5998/none:1\n" } });
    expect(unknown.summary.state).toBe("failed");
    expect(unknown.summary.failure?.message).toContain("cannot be reached");
    const start = (spec: BuildSpecInput) => engine.client.builds.start(spec);
    await expect(start({ source: { kind: "folder", path: path.join(root, "none") } })).rejects.toThrow(
      "does not exist",
    );
    const empty = await folder("empty", { "a.txt": "a" });
    await expect(start({ source: { kind: "folder", path: empty } })).rejects.toThrow(
      "There is no Dockerfile",
    );
    await expect(
      start({ source: { kind: "folder", path: empty, dockerfile: "../../etc/passwd" } }),
    ).rejects.toThrow("not inside");
    await expect(start({ source: { kind: "folder", path: at }, tags: ["UPPER case"] })).rejects.toThrow(
      "cannot be the name",
    );
  });

  it("warns of a socket in the context and asks before it sends two gibibytes", async () => {
    const at = await folder("odd", { Dockerfile: "FROM berth/welcome\nCOPY . /all\n" });
    const server = net.createServer().listen(path.join(at, "live.sock"));
    const { summary } = await build({ source: { kind: "folder", path: at } });
    server.close();
    expect(summary.state).toBe("done");
    expect(summary.warnings).toEqual(["live.sock was left out: it is a socket."]);
    await writeFile(path.join(at, "huge.bin"), "");
    await truncate(path.join(at, "huge.bin"), 2 ** 31);
    await expect(engine.client.builds.start({ source: { kind: "folder", path: at } })).rejects.toThrow(
      "2.0 GiB for the build, most of it in huge.bin",
    );
  });

  it("builds from a git repository", async () => {
    const at = await folder("repo", {
      "sub/Dockerfile": "FROM berth/welcome\nCOPY word /word\n",
      "sub/word": "one",
    });
    const git = (...words: string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...words], {
        cwd: at,
        stdio: "pipe",
      });
    git("init", "--quiet", "--initial-branch=main");
    git("add", ".");
    git("commit", "--quiet", "-m", "one");
    git("checkout", "--quiet", "-b", "next");
    await writeFile(path.join(at, "sub/word"), "two");
    git("commit", "--quiet", "-am", "two");
    const { summary } = await build({
      source: { kind: "git", url: `file://${at}#main:sub` },
      tags: ["git:1"],
    });
    expect(summary.state).toBe("done");
    expect(await output("git:1", "cat", "/word")).toBe("one");
    const none = await build({ source: { kind: "git", url: `file://${at}#nowhere` } });
    expect(none.summary.failure?.message).toContain("could not be fetched");
    await expect(
      engine.client.builds.start({ source: { kind: "git", url: "https://ada:pw@host.test/x.git" } }),
    ).rejects.toThrow("holds a password");
    await expect(
      engine.client.builds.start({ source: { kind: "git", url: "--upload-pack=touch /tmp/x" } }),
    ).rejects.toThrow("not the address");
  });

  it("leaves nothing running when it is cancelled, and the next one works", async () => {
    const { client } = engine;
    const content = "FROM berth/welcome\nRUN echo started; sleep 4321\n";
    const { id, activity } = await client.builds.start({ source: { kind: "dockerfile", content } });
    const running = async () => (await engine.exec(["sh", "-c", "ps -ef 2>/dev/null || busybox ps"])).stdout;
    await expect.poll(running, { timeout: 15_000 }).toContain("sleep 4321");
    await client.activity.cancel({ id: activity });
    expect((await ended(client, activity)).state).toBe("cancelled");
    expect((await client.builds.list()).find((one) => one.id === id)).toMatchObject({ state: "cancelled" });
    await expect.poll(running).not.toMatch(/sleep 4321|buildx/);
    expect((await engine.exec(["sh", "-c", "ls -d /run/berth/build-* 2>/dev/null"])).stdout).toBe("");
    const next = await build({ source: { kind: "dockerfile", content: content.replace("4321", "0") } });
    expect(next.summary.state).toBe("done");
  });

  it("keeps its history over an engine that is killed", async () => {
    const { id: unfinished } = await engine.client.builds.start({
      source: { kind: "dockerfile", content: "FROM berth/welcome\nRUN sleep 1234\n" },
    });
    const before = (await engine.client.builds.list()).filter((one) => one.id !== unfinished);
    expect(before.length).toBeGreaterThan(3);
    const running = async () => (await engine.exec(["sh", "-c", "ps -ef 2>/dev/null || busybox ps"])).stdout;
    await expect.poll(running, { timeout: 15_000 }).toContain("sleep 1234");
    await engine.replaceEngine({ kill: true });
    const after = async () => (await engine.client.builds.list()).filter((one) => one.id !== unfinished);
    await expect.poll(after).toEqual(before);
    expect((await engine.client.builds.list()).find((one) => one.id === unfinished)).toMatchObject({
      state: "cancelled",
    });
    await expect.poll(running, { timeout: 15_000 }).not.toMatch(/sleep 1234|buildx/);
    const last = before.at(-1)?.id ?? "";
    const { id } = await engine.client.builds.repeat({ id: last });
    await expect
      .poll(async () => (await engine.client.builds.list()).find((one) => one.id === id)?.state, {
        timeout: 15_000,
      })
      .toBe("done");
    await engine.client.builds.remove({ id });
    expect((await engine.client.builds.list()).map((one) => one.id)).not.toContain(id);
  });
});
