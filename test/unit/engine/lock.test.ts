import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT_ALREADY_RUNNING } from "../../../engine/contract/protocol.ts";
import { takeHome } from "../../../engine/lock/lock.ts";
import { processIdentity } from "../../../engine/vm.ts";
import { connect, runEngineProcess, until } from "./support/engine.ts";
import { temporaryFolder } from "./support/temporary.ts";

const lockFiles = async (home: string) => (await readdir(home)).filter((name) => name.endsWith(".lock"));

describe("taking a home", () => {
  it("is refused while its holder lives, naming the holder, and granted once it let go", async () => {
    const home = await temporaryFolder();
    const lock = await takeHome(home, "1.0.0");
    expect(await takeHome(home, "2.0.0")).toMatchObject({ pid: process.pid, version: "1.0.0" });
    if ("release" in lock) await lock.release();
    expect(await takeHome(home, "2.0.0")).toHaveProperty("release");
    expect(await lockFiles(home)).toHaveLength(1);
  });

  it("takes over the lock of a process that is gone", async () => {
    const home = await temporaryFolder();
    await writeFile(
      path.join(home, "engine.7.lock"),
      JSON.stringify({ pid: 4_000_000, identity: "x", version: "1.0.0" }),
    );
    expect(await takeHome(home, "1.0.0")).toHaveProperty("release");
    expect(await lockFiles(home)).toEqual(["engine.8.lock"]);
  });

  it("takes over the lock of another process that had the same process id", async () => {
    const home = await temporaryFolder();
    const stale = { pid: process.pid, identity: "another boot:1", version: "1.0.0" };
    await writeFile(path.join(home, "engine.1.lock"), JSON.stringify(stale));
    expect(await takeHome(home, "1.0.0")).toHaveProperty("release");
  });

  it("takes over a damaged lock", async () => {
    const home = await temporaryFolder();
    await writeFile(path.join(home, "engine.1.lock"), "{ not json");
    expect(await takeHome(home, "1.0.0")).toHaveProperty("release");
  });

  it("grants one of many that ask at once", async () => {
    const home = await temporaryFolder();
    const stale = { pid: 4_000_000, identity: "x", version: "1.0.0" };
    await writeFile(path.join(home, "engine.3.lock"), JSON.stringify(stale));
    const answers = await Promise.all(Array.from({ length: 20 }, () => takeHome(home, "1.0.0")));
    expect(answers.filter((answer) => "release" in answer)).toHaveLength(1);
  });

  it("keeps the pid and start of the holder in the file", async () => {
    const home = await temporaryFolder();
    await takeHome(home, "1.0.0");
    const [name] = await lockFiles(home);
    const holder: unknown = JSON.parse(await readFile(path.join(home, name ?? ""), "utf8"));
    expect(holder).toEqual({
      pid: process.pid,
      identity: await processIdentity(process.pid),
      version: "1.0.0",
    });
  });
});

it("of engines started at once on one home, one serves and the others leave, naming it", async () => {
  const home = await temporaryFolder();
  const engines = Array.from({ length: 3 }, () => runEngineProcess(home));
  const words: string[] = [];
  for (const engine of engines) engine.stderr?.on("data", (text: Buffer) => words.push(text.toString()));
  const ended = () => engines.filter((engine) => engine.exitCode !== null);
  await until("two engines left", () => ended().length === 2);
  expect(ended().map((engine) => engine.exitCode)).toEqual([EXIT_ALREADY_RUNNING, EXIT_ALREADY_RUNNING]);
  const winner = engines.find((engine) => engine.exitCode === null);
  await until("both said why", () => words.length === 2);
  for (const word of words) expect(word).toContain(`(process ${winner?.pid ?? 0})`);
  const { hello } = await connect(home, { start: false, timeoutMs: 5000 });
  expect(hello.pid).toBe(winner?.pid);
  winner?.kill("SIGTERM");
  if (winner) await once(winner, "exit");
  expect(winner?.exitCode).toBe(0);
});
