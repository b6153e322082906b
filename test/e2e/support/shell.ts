import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { connectEngine } from "../../../engine/contract/connect.ts";
import type { BerthClient, VmState } from "../../../engine/contract/index.ts";
import { _electron } from "playwright-core";
import type { ElectronApplication, Page } from "playwright-core";
import { expect, vi } from "vitest";
import type { Stage } from "./stage.ts";

/** A cold boot under plain emulation on a busy machine. */
export const bootTimeoutMs = 240_000;

/** One click or look: pages are drawn without a graphics card here, beside a VM that is emulated. */
export const actionTimeoutMs = 120_000;

/** The real app under test. */
export interface Shell {
  app: ElectronApplication;
  pid: number;
  /** What it printed so far. */
  stdout(): string;
  /** Settles with the exit code (null: ended by a signal). */
  exited: Promise<number | null>;
  window(): Promise<Page>;
  /** Sends a signal and waits for the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Launches the app on a home, as the stage's user and with the sandbox on. */
export async function launchShell(
  stage: Stage,
  home: string,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Promise<Shell> {
  const options = stage.launchOptions(home, args);
  const { launcher, output } = await writeLauncher(stage, options.executablePath);
  const app = await _electron.launch({
    ...options,
    executablePath: launcher,
    env: { ...options.env, ...env },
    timeout: 60_000,
  });
  const child = app.process();
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  if (child.pid === undefined) throw new Error("the app has no process");
  return {
    app,
    pid: child.pid,
    stdout: () => readFileSync(output, "utf8"),
    exited,
    window: async () => {
      const page = await app.firstWindow({ timeout: actionTimeoutMs });
      page.setDefaultTimeout(actionTimeoutMs);
      return page;
    },
    end(signal) {
      child.kill(signal);
      return exited;
    },
  };
}

/** A starter that keeps all that the app prints: what it says first would be over before we could listen. */
async function writeLauncher(stage: Stage, program: string): Promise<{ launcher: string; output: string }> {
  const name = randomUUID();
  const launcher = path.join(stage.dir, `start-${name}`);
  const output = path.join(stage.dir, `output-${name}`);
  await writeFile(launcher, `#!/bin/sh\nexec '${program}' "$@" > '${output}'\n`, { mode: 0o755 });
  return { launcher, output };
}

/** Runs `use` with a client of the home's engine, which must run. */
export async function withEngine<T>(home: string, use: (client: BerthClient) => Promise<T>): Promise<T> {
  const program = { command: "false", args: [] };
  const connection = await connectEngine({ home, version: "0.0.0", program, start: false });
  try {
    return await use(connection.client);
  } finally {
    connection.close();
  }
}

/** The engine of a home, once it answers. */
export async function enginePid(home: string): Promise<number> {
  return vi.waitFor(() => withEngine(home, async (client) => (await client.vm.status()).engine.pid), {
    timeout: 60_000,
    interval: 100,
  });
}

/** Waits until the VM of a home is in a state. */
export async function untilVmIs(home: string, state: VmState, timeout = bootTimeoutMs): Promise<void> {
  await vi.waitFor(
    async () => {
      const seen = await withEngine(home, async (client) => (await client.vm.status()).state);
      expect(seen).toBe(state);
    },
    { timeout, interval: 200 },
  );
}
