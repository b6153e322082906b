import { spawn } from "node:child_process";
import { open, rm, stat } from "node:fs/promises";
import { BerthError, systemCode } from "../../errors.ts";
import { processIdentity } from "../process-identity.ts";

/** A QEMU process just started by us. */
export interface SpawnedProcess {
  pid: number;
  identity: string;
  /** Resolves with the exit code (null: ended by a signal). */
  exited: Promise<number | null>;
  /** What it has written to its log so far. */
  lastWords(): Promise<string>;
}

/** Variables QEMU needs; nothing else of our environment (secrets, preload tricks) goes into it. */
const inheritedVariables = ["PATH", "HOME", "TMPDIR", "TEMP", "SystemRoot", "LANG", "LC_ALL"];

/**
 * Starts a program that outlives us: own session, no pipes to us, output appended to the log file.
 * Throws `qemu_not_started` when the program cannot be run at all.
 */
export async function spawnDetached(
  program: string,
  args: string[],
  logFile: string,
): Promise<SpawnedProcess> {
  const log = await open(logFile, "a", 0o600);
  const logStart = (await log.stat()).size;
  try {
    const environment = Object.fromEntries(
      inheritedVariables.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    );
    const child = spawn(program, args, {
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      env: environment,
      windowsHide: true,
    });
    const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.unref();
    const pid = child.pid ?? 0;
    const lastWords = () => readFrom(logFile, logStart);
    return { pid, identity: (await processIdentity(pid)) ?? "ended", exited, lastWords };
  } catch (cause) {
    throw new BerthError({
      code: "qemu_not_started",
      message: `${program} could not be started.`,
      hint: "Check that QEMU is installed completely: `berth doctor` tells which one is used.",
      cause,
    });
  } finally {
    await log.close();
  }
}

/** Ends a process if it is still the one meant. */
export async function killProcess(pid: number, identity: string): Promise<void> {
  if ((await processIdentity(pid)) !== identity) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error;
  }
}

/** Waits until the process is gone; false when it still runs after `timeoutMs`. */
export async function processGone(pid: number, identity: string, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while ((await processIdentity(pid)) === identity) {
    if (Date.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return true;
}

export async function removeStale(...files: string[]): Promise<void> {
  for (const file of files) await rm(file, { force: true });
}

async function readFrom(file: string, start: number): Promise<string> {
  try {
    const { size } = await stat(file);
    // The log may have been cut since; then all of it is newer than our start.
    const from = size < start ? 0 : Math.max(start, size - 8192);
    const handle = await open(file, "r");
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
      return buffer.subarray(0, bytesRead).toString("utf8").trim();
    } finally {
      await handle.close();
    }
  } catch {
    return "";
  }
}
