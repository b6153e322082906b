import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { onTestFinished } from "vitest";
import {
  connectEngine,
  type ConnectOptions,
  type EngineConnection,
} from "../../../../engine/contract/connect.ts";

const checkout = path.resolve(import.meta.dirname, "../../../..");

/** This checkout's program as an engine. */
const engineProgram = { command: process.execPath, args: [path.join(checkout, "berth.ts"), "engine"] };

export const testVersion = "0.1.0";

/** Connects as a client does, and ends the engine with the test. */
export async function connect(
  home: string,
  options: Partial<ConnectOptions> = {},
): Promise<EngineConnection> {
  const connection = await connectEngine({
    home,
    version: testVersion,
    program: engineProgram,
    start: true,
    ...options,
  });
  onTestFinished(async () => {
    connection.close();
    await endProcess(connection.hello.pid);
  });
  return connection;
}

/** Runs an engine as our own child, so that its end can be looked at. */
export function runEngineProcess(home: string): ChildProcess {
  const child = spawn(engineProgram.command, engineProgram.args, {
    env: { ...process.env, BERTH_HOME: home },
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  });
  return child;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves once the condition holds; fails after a while otherwise. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 15_000) {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function endProcess(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, "SIGTERM");
  await until("the engine ended", () => !isAlive(pid));
}
