import { spawn } from "node:child_process";
import { Duplex } from "node:stream";
import type { ExecOptions, ExecResult, ShellOptions, ShellSession } from "../../../vm/host/index.ts";
import type { LocalGuest } from "./guest.ts";

/** Nothing of the engine's own environment means anything inside. */
const environment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
};
const defaultMaxBytes = 16 * 2 ** 20;

/** Runs a command as root in the guest. */
export async function execInGuest(
  guest: LocalGuest,
  command: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const [program, ...words] = guest.command(command);
  const child = spawn(program, words, {
    stdio: ["pipe", "pipe", "pipe"],
    env: environment,
    ...(options.signal && { signal: options.signal }),
    ...(options.timeoutMs && { timeout: options.timeoutMs }),
  });
  const limit = options.maxBytes ?? defaultMaxBytes;
  const [stdout, stderr] = [new Collected(limit), new Collected(limit)];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 128));
  });
  return { stdout: stdout.text(), stderr: stderr.text(), exitCode };
}

/** Runs a command with live streams; with a terminal it sits behind `script`, whose size cannot be changed. */
export function openGuestShell(guest: LocalGuest, options: ShellOptions = {}): ShellSession {
  const inGuest = guest.command(options.command ?? ["/bin/bash", "-l"]);
  const { terminal } = options;
  const [program, ...words] = terminal ? inTerminal(inGuest, terminal) : inGuest;
  const child = spawn(program, words, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...environment, TERM: terminal?.term ?? "xterm" },
  });
  child.stdin.on("error", () => undefined);
  const exit = new Promise<{ exitCode: number; signal: string | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ exitCode: code ?? 128, signal }));
  });
  exit.catch(() => undefined);
  return {
    stream: Duplex.from({ readable: child.stdout, writable: child.stdin }),
    stderr: child.stderr,
    exit,
    resize: () => undefined,
    close: () => child.kill("SIGKILL"),
  };
}

function inTerminal(
  command: readonly string[],
  { columns, rows }: { columns: number; rows: number },
): [string, ...string[]] {
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return ["script", "-qefc", `stty cols ${columns} rows ${rows}; exec ${quoted}`, "/dev/null"];
}

class Collected {
  readonly #chunks: Buffer[] = [];
  #room: number;

  constructor(limit: number) {
    this.#room = limit;
  }

  push(chunk: Buffer): void {
    if (this.#room <= 0) return;
    this.#chunks.push(chunk.subarray(0, this.#room));
    this.#room -= chunk.length;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}
