import { spawn } from "node:child_process";
import { ConnectError } from "./connect-error.ts";
import { shieldFiles } from "./file-shield.ts";
import { EXIT_ALREADY_RUNNING } from "./protocol.ts";

/** How a child ends whose program cannot be run, where covering its files hid the reason. */
const EXIT_NOT_EXECUTED = 127;

/** The program that runs an engine: executable and the arguments that make it one. */
export interface EngineProgram {
  command: string;
  args: string[];
}

export interface SpawnedEngine {
  /** Rejects when the engine ended before it served; never resolves otherwise. */
  failed: Promise<never>;
  pid: number | undefined;
  /** Resolves when the process ended, or after a while: a wrapper may outlive its use. */
  exited(patienceMs: number): Promise<void>;
  /** Lets the engine live on without us. */
  release(): void;
}

/**
 * Starts an engine as a process of its own that outlives us. Until `release`, its standard error is read:
 * an engine that cannot start writes there why, as one line of JSON.
 */
export function spawnEngine(home: string, program: EngineProgram): SpawnedEngine {
  const shield = shieldFiles();
  const child = spawn(program.command, program.args, {
    detached: true,
    windowsHide: true,
    stdio: ["ignore", "ignore", "pipe", ...shield.entries],
    env: { ...process.env, BERTH_HOME: home },
  });
  shield.close();
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-16_384);
  });
  const failed = new Promise<never>((_resolve, reject) => {
    const doesNotRun = (cause?: Error) => {
      const message = `The engine could not be started: ${program.command} does not run.`;
      reject(new ConnectError("engine_not_started", message, "Install Berth again.", cause));
    };
    child.on("error", doesNotRun);
    child.on("close", (exitCode) => {
      // Another engine won the race for this home: it is the one to talk to.
      if (exitCode === EXIT_ALREADY_RUNNING) return;
      if (exitCode === EXIT_NOT_EXECUTED && words === "") doesNotRun();
      else reject(startFailure(exitCode, words));
    });
  });
  failed.catch(() => undefined);
  return {
    pid: child.pid,
    failed,
    async exited(patienceMs) {
      if (child.exitCode !== null) return;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patienceMs);
        child.once("exit", resolve);
      });
      clearTimeout(timer);
    },
    release() {
      child.stderr?.destroy();
      child.unref();
    },
  };
}

/** The line of JSON in which an engine says why it cannot start. */
export function formatStartFailure(failure: { code: string; message: string; hint: string }): string {
  return `${JSON.stringify({ berthEngine: "failed", ...failure })}\n`;
}

function startFailure(exitCode: number | null, words: string): ConnectError {
  for (const line of words.split("\n").reverse()) {
    const failure = parseFailure(line);
    if (failure) return new ConnectError(failure.code, failure.message, failure.hint);
  }
  return new ConnectError(
    "engine_not_started",
    `The engine ended while it started (exit code ${exitCode ?? "none"}).`,
    "Look at its log, logs/engine.log in Berth's home folder.",
    words.trim() === "" ? undefined : new Error(words.trim()),
  );
}

function parseFailure(line: string): { code: string; message: string; hint: string } | null {
  if (!line.startsWith('{"berthEngine"')) return null;
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== "object" || parsed === null) return null;
  if (!("code" in parsed) || !("message" in parsed) || !("hint" in parsed)) return null;
  return { code: String(parsed.code), message: String(parsed.message), hint: String(parsed.hint) };
}
