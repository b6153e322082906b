import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import Docker from "dockerode";
import type { BerthClient } from "../../../engine/contract/index.ts";
import type { ExecResult } from "../../../vm/host/index.ts";
import { testImageDir } from "../../vm/support/image.ts";
import { EngineProcess } from "./engine.ts";
import { type DaemonSettings, guestFolder, LocalGuest, tieToThisProcess } from "./guest.ts";
import { execInGuest } from "./guest-commands.ts";

const run = promisify(execFile);

export interface LocalEngineOptions {
  /** The home to serve; without it a temporary one, which is removed at the end. */
  home?: string;
  /** Settings for dockerd's daemon.json, for example `{"registry-mirrors": […]}`. */
  daemon?: DaemonSettings;
  /** Who may use the home besides root: the user that runs the window in end-to-end tests. */
  owner?: string;
}

/** A Berth engine over the dockerd of the guest image, without a VM. */
export interface LocalEngine {
  readonly home: string;
  /** The contract, over the home's real socket. */
  readonly client: BerthClient;
  /** The same dockerd, past the engine. */
  readonly docker: Docker;
  /** The guest's root folder as this computer sees it. */
  readonly guestRoot: string;
  /** The guest's first process, as this computer counts. */
  readonly guestPid: number;
  /** Runs a command as root in the guest. */
  exec(command: string[]): Promise<ExecResult>;
  /** Ends the engine's process, with `kill` at once, and puts another in its place; the guest goes on. */
  replaceEngine(options?: { kill?: boolean }): Promise<void>;
  /** Ends everything. */
  stop(): Promise<void>;
}

/** Why no local engine can run here, or null: for `describe.skipIf(localEngineProblem() !== null)`. */
export function localEngineProblem(): string | null {
  if (process.platform !== "linux") return "a local engine needs Linux";
  if (process.getuid?.() !== 0) return "a local engine needs root";
  try {
    testImageDir();
    accessSync("/dev/loop-control", constants.W_OK);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return null;
}

/** Starts a local engine; it is ready when this resolves, and ends with this process at the latest. */
export async function startLocalEngine(options: LocalEngineOptions = {}): Promise<LocalEngine> {
  const problem = localEngineProblem();
  if (problem !== null) throw new Error(`No local engine: ${problem}.`);
  const home = options.home ?? (await mkdtemp(path.join(os.tmpdir(), "berth-local-")));
  await mkdir(home, { recursive: true, mode: 0o700 });
  const lifeline = await tieToThisProcess(guestFolder(home));
  const startEngine = () => EngineProcess.start(home, testImageDir(), options.daemon ?? {});
  let engine: EngineProcess | null = null;
  const end = async () => {
    await engine?.end("SIGTERM");
    await LocalGuest.running(guestFolder(home))?.stop(true);
    lifeline.cut();
    if (options.home === undefined) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    engine = await startEngine();
  } catch (error) {
    await end();
    throw error;
  }
  const guest = () => {
    const running = LocalGuest.running(guestFolder(home));
    if (running === null) throw new Error("The local guest does not run.");
    return running;
  };
  const current = () => {
    if (engine === null) throw new Error("The engine does not run.");
    return engine;
  };
  if (options.owner !== undefined) await giveTo(options.owner, home);
  return {
    home,
    docker: new Docker({ socketPath: `${guest().root}/run/docker.sock` }),
    get client() {
      return current().connection.client;
    },
    get guestRoot() {
      return guest().root;
    },
    get guestPid() {
      return guest().pid;
    },
    exec: (command) => execInGuest(guest(), command),
    async replaceEngine({ kill = false } = {}) {
      await current().end(kill ? "SIGKILL" : "SIGTERM");
      engine = await startEngine();
      if (options.owner !== undefined) await giveTo(options.owner, home);
    },
    stop: end,
  };
}

/** The guest's own files stay root's. */
async function giveTo(user: string, home: string): Promise<void> {
  const names = (await readdir(home)).filter((name) => name !== path.basename(guestFolder(home)));
  await run("chown", ["--recursive", `${user}:`, ...names.map((name) => path.join(home, name))]);
  await run("chown", [`${user}:`, home]);
}
