import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  environment?: NodeJS.ProcessEnv;
  /** Written to standard input, which is then closed; without it the input is empty. */
  stdin?: string | Buffer;
  timeoutMs?: number;
}

const defaultTimeoutMs = 120_000;

/** Runs a program to its end. An exit code is an answer, not a failure; running out of time is one. */
export async function runProgram(
  command: string,
  args: string[],
  options: RunOptions = {},
): Promise<Finished> {
  const child = spawn(command, args, { env: options.environment ?? process.env, stdio: "pipe" });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  // A program that does not read its input may be gone before it is written.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
  }, timeoutMs);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    if (child.killed) {
      throw new Error(
        `${command} ${args.join(" ")} took more than ${timeoutMs} ms.\n${stdout()}\n${stderr()}`,
      );
    }
    return { code, stdout: stdout(), stderr: stderr() };
  } finally {
    clearTimeout(timer);
  }
}

/** A program that runs while a test looks at what it prints. */
export class RunningProgram implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;

  constructor(command: string, args: string[], environment: NodeJS.ProcessEnv) {
    const child = spawn(command, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    this.stdout = collect(child.stdout);
    this.stderr = collect(child.stderr);
  }

  /** Sends a signal and answers the exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const closed = once(this.child, "close") as Promise<[number | null]>;
    this.child.kill(signal);
    return (await closed)[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }
}

/** Waits until `probe` answers something other than undefined, null or false. */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  timeoutMs = 30_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether a process of this id exists. */
export function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}
