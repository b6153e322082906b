import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { withLock } from "../../../scripts/setup/lock.mjs";
import { temporaryFolders } from "./support.ts";

const folder = temporaryFolders();
const lockModule = path.resolve(import.meta.dirname, "../../../scripts/setup/lock.mjs");

/** A process that takes the lock, says so, and holds it until its input ends. */
function holder(file: string): { held: Promise<void>; kill(): Promise<void>; release(): Promise<void> } {
  const code = `
    const { withLock } = await import(${JSON.stringify(lockModule)});
    await withLock(${JSON.stringify(file)}, () => undefined, async () => {
      process.stdout.write("held");
      await new Promise((resolve) => process.stdin.on("end", resolve).resume());
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  return {
    held: new Promise((resolve) => child.stdout.once("data", () => resolve())),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async release() {
      child.stdin.end();
      await ended;
    },
  };
}

it("lets one process in at a time and tells who is waited for", async () => {
  const file = path.join(folder(), "setup.lock");
  const other = holder(file);
  await other.held;
  const owners: number[] = [];
  let inside = false;
  let told: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => (told = resolve));
  const work = withLock(
    file,
    (owner) => {
      owners.push(owner.pid);
      told();
    },
    () => {
      inside = true;
      return Promise.resolve();
    },
  );
  await waiting;
  expect(inside).toBe(false);
  await other.release();
  await work;
  expect(inside).toBe(true);
  expect(owners).toHaveLength(1);
  expect(existsSync(file)).toBe(false);
});

it("takes over the lock of a process that was killed", async () => {
  const file = path.join(folder(), "setup.lock");
  const other = holder(file);
  await other.held;
  await other.kill();
  expect(existsSync(file)).toBe(true);
  await expect(
    withLock(
      file,
      () => undefined,
      () => Promise.resolve("done"),
    ),
  ).resolves.toBe("done");
});

it.runIf(process.platform === "linux")(
  "does not take a later process of the same number for the owner",
  async () => {
    const file = path.join(folder(), "setup.lock");
    writeFileSync(file, JSON.stringify({ pid: process.pid, startedAt: "1" }));
    await expect(
      withLock(
        file,
        () => undefined,
        () => Promise.resolve("done"),
      ),
    ).resolves.toBe("done");
  },
);

it("frees the lock when the work fails", async () => {
  const file = path.join(folder(), "setup.lock");
  const failing = withLock(
    file,
    () => undefined,
    () => Promise.reject(new Error("no")),
  );
  await expect(failing).rejects.toThrow("no");
  expect(existsSync(file)).toBe(false);
});
