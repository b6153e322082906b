import { homedir } from "node:os";
import { LineSplitter } from "../text/line-splitter.ts";
import { BerthError } from "../vm.ts";
import type { GuestTunnel } from "./guest-folder.ts";

/**
 * Starts Compose in a folder with the home of this computer's user, so that `~` and `$HOME` in Compose files mean
 * what they mean here; Docker's own settings stay the guest's. All that differs comes as arguments, which this
 * constant text only hands on. The first line of output is the process's id.
 */
const launcher =
  'DOCKER_CONFIG=${DOCKER_CONFIG:-$HOME/.docker}; export DOCKER_CONFIG; HOME=$1; export HOME; cd "$2" || exit 126; ' +
  'shift 2; echo "$$"; exec docker compose "$@"';

/** How long Compose may take to end after it was told to, before the connection to it is cut. */
const GRACE_MS = 15_000;
const KEPT_LINES = 400;
const MAX_STDOUT_BYTES = 8 * 2 ** 20;

export interface ComposeRun {
  /** Folder in the guest. */
  folder: string;
  args: string[];
  stdin?: string;
  signal: AbortSignal;
  /** Every line of progress as it comes. */
  onLine?: (line: string) => void;
}

export interface ComposeResult {
  exitCode: number;
  stdout: string;
  /** The last lines of what it said besides its result. */
  lines: string[];
}

/** Runs `docker compose` in the guest. Aborting asks it to end, as Ctrl-C does, and waits for that. */
export async function runCompose(tunnel: GuestTunnel, run: ComposeRun): Promise<ComposeResult> {
  run.signal.throwIfAborted();
  const shell = await tunnel.openShell({
    command: ["sh", "-c", launcher, "compose", homedir(), run.folder, ...run.args],
  });
  const output = new Output();
  const lines: string[] = [];
  const splitter = new LineSplitter();
  const take = (fresh: string[]) => {
    for (const line of fresh) {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      run.onLine?.(line);
    }
  };
  shell.stream.on("data", (chunk: Buffer) => take(output.push(chunk, run.onLine !== undefined)));
  shell.stderr.on("data", (chunk: Buffer) => take(splitter.push(chunk)));
  let cut: NodeJS.Timeout | undefined;
  const cancel = () => {
    cut = setTimeout(() => shell.close(), GRACE_MS);
    if (output.processId === null) shell.close();
    else tunnel.exec(["kill", "-INT", output.processId]).catch(() => shell.close());
  };
  run.signal.addEventListener("abort", cancel, { once: true });
  if (run.signal.aborted) cancel();
  try {
    shell.stream.end(run.stdin ?? "");
    const { exitCode, signal } = await shell.exit;
    run.signal.throwIfAborted();
    take(splitter.flush());
    if (signal === "connection lost") throw connectionLost();
    return { exitCode, stdout: output.text(), lines };
  } finally {
    clearTimeout(cut);
    run.signal.removeEventListener("abort", cancel);
    shell.close();
  }
}

/** Standard output: the process's id first, then the result, or (where lines are wanted) more progress. */
class Output {
  processId: string | null = null;
  #head = Buffer.alloc(0);
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  readonly #splitter = new LineSplitter();

  push(chunk: Buffer, asLines: boolean): string[] {
    let rest = chunk;
    if (this.processId === null) {
      const all = Buffer.concat([this.#head, chunk]);
      const newline = all.indexOf(10);
      if (newline === -1) {
        this.#head = all;
        return [];
      }
      this.processId = all.toString("latin1", 0, newline).trim();
      rest = all.subarray(newline + 1);
    }
    if (this.#bytes < MAX_STDOUT_BYTES) this.#chunks.push(rest);
    this.#bytes += rest.length;
    return asLines ? this.#splitter.push(rest) : [];
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}

function connectionLost(): BerthError {
  return new BerthError({
    code: "guest_connection_lost",
    message: "The connection into the VM broke while Compose ran there.",
    hint: "What was started goes on. Look at the app's state and try again.",
  });
}
