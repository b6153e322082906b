import type { Client, ClientCallback, ClientChannel } from "ssh2";
import { BerthError } from "../errors.ts";
import type { ExecOptions, ExecResult, ShellOptions, ShellSession } from "../types.ts";
import { opened } from "./ssh-connection.ts";

const openTimeoutMs = 15_000;

/**
 * One command line for the guest's login shell in which each argument means itself: SSH carries a command as
 * text (RFC 4254, section 6.5), so everything is quoted.
 */
export function quoteCommand(command: string[]): string {
  if (command.length === 0) throw new TypeError("a command needs at least its name");
  return command
    .map((word) => {
      if (word.includes("\0")) throw new TypeError("a command cannot hold a zero byte");
      return /^[A-Za-z0-9_/:=.,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
    })
    .join(" ");
}

/** Runs a command to its end and collects what it printed. */
export async function execCommand(
  client: Client,
  command: string[],
  options: ExecOptions,
): Promise<ExecResult> {
  options.signal?.throwIfAborted();
  const { channel, exit } = await openedWithExit((callback) => client.exec(quoteCommand(command), callback));
  const maxBytes = options.maxBytes ?? 16 * 2 ** 20;
  const stdout = collect(channel, maxBytes);
  const stderr = collect(channel.stderr, maxBytes);
  return new Promise((resolve, reject) => {
    const onAbort = () => give(new Error("aborted"));
    const timer = options.timeoutMs
      ? setTimeout(() => {
          give(
            new BerthError({
              code: "guest_command_timeout",
              message: `The command "${command[0] ?? ""}" in the VM took longer than ${Math.round((options.timeoutMs ?? 0) / 1000)} s.`,
              hint: "Try again; if the VM is very slow, give it more processors or memory.",
            }),
          );
        }, options.timeoutMs)
      : undefined;
    const give = (error: Error) => {
      clearTimeout(timer);
      channel.close();
      reject(error);
    };
    options.signal?.addEventListener("abort", onAbort, { once: true });
    channel.on("close", () => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
      const { exitCode } = exit() ?? {};
      if (exitCode === undefined) reject(connectionLost());
      else resolve({ stdout: stdout(), stderr: stderr(), exitCode });
    });
    channel.end(options.stdin ?? "");
  });
}

/** Starts a command or the login shell with live streams. */
export async function openShellSession(client: Client, options: ShellOptions): Promise<ShellSession> {
  const terminal = options.terminal && {
    cols: options.terminal.columns,
    rows: options.terminal.rows,
    term: options.terminal.term ?? "xterm-256color",
    width: 0,
    height: 0,
  };
  const { channel, exit } = await openedWithExit((callback) => {
    if (options.command) {
      client.exec(quoteCommand(options.command), terminal ? { pty: terminal } : {}, callback);
    } else {
      client.shell(terminal ?? false, callback);
    }
  });
  return {
    stream: channel,
    stderr: channel.stderr,
    exit: new Promise((resolve) => {
      channel.on("close", () => resolve(exit() ?? { exitCode: 255, signal: "connection lost" }));
    }),
    resize: (columns, rows) => channel.setWindow(rows, columns, 0, 0),
    close: () => channel.close(),
  };
}

interface Exit {
  exitCode: number;
  signal: string | null;
}

/**
 * Opens a session and listens for its exit status from the very beginning: a short command can open, end and
 * tell its status in one packet.
 */
async function openedWithExit(
  open: (callback: ClientCallback) => void,
): Promise<{ channel: ClientChannel; exit: () => Exit | null }> {
  let exit: Exit | null = null;
  const channel = await opened(openTimeoutMs, (callback) => {
    open((error, fresh) => {
      if (!error) {
        fresh.on("exit", (code: number | null, signal?: string) => {
          exit = { exitCode: code ?? 128, signal: signal ?? null };
        });
      }
      callback(error, fresh);
    });
  });
  return { channel, exit: () => exit };
}

function collect(stream: NodeJS.ReadableStream, maxBytes: number): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    if (bytes >= maxBytes) return;
    chunks.push(chunk.subarray(0, maxBytes - bytes));
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

function connectionLost(): BerthError {
  return new BerthError({
    code: "guest_connection_lost",
    message: "The connection into the VM broke while a command ran in it.",
    hint: "Try again: the connection is rebuilt by itself.",
  });
}
