import { PassThrough, Writable } from "node:stream";
import { runCli } from "../../../cli/main.ts";
import type { OutputStream, Surroundings } from "../../../cli/surroundings.ts";
import type { BerthClient } from "../../../engine/contract/index.ts";

export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Conditions {
  client?: BerthClient;
  /** What connecting fails with. */
  connectError?: Error;
  stdin?: string;
  /** Answers typed on a terminal. */
  typed?: string;
  terminal?: boolean;
  environment?: NodeJS.ProcessEnv;
  platform?: NodeJS.Platform;
  /** Runs once the command waits for Ctrl-C; calling `interrupt` presses it. */
  onWaiting?: (interrupt: () => void) => void;
  /** Closes standard output after so many bytes, as `head` does. */
  readerLeavesAfter?: number;
}

/** Runs the CLI inside the test, with the surroundings that the test describes. */
export async function run(argv: string[], conditions: Conditions = {}): Promise<Run> {
  const stdout = collector(conditions.readerLeavesAfter);
  const stderr = collector();
  const stdin: Surroundings["stdin"] = new PassThrough();
  stdin.isTTY = conditions.terminal === true || conditions.typed !== undefined;
  if (conditions.terminal === true) Object.assign(stdout.stream, { isTTY: true, columns: 80, rows: 24 });
  if (stdin instanceof PassThrough) stdin.end(conditions.typed ?? conditions.stdin ?? "");
  const surroundings: Surroundings = {
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    environment: conditions.environment ?? {},
    platform: conditions.platform ?? "linux",
    connect: () => {
      if (conditions.connectError) return Promise.reject(conditions.connectError);
      if (!conditions.client) return Promise.reject(new Error("This command must not need the engine."));
      return Promise.resolve({ client: conditions.client, close: () => undefined });
    },
    onInterrupt(handler) {
      conditions.onWaiting?.(handler);
      return () => undefined;
    },
  };
  const code = await runCli(argv, surroundings);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** The one JSON document of a run; fails when standard output holds anything else. */
export function document(result: Run): unknown {
  const lines = result.stdout.trimEnd().split("\n");
  if (lines.length !== 1) throw new Error(`Expected one line of JSON, found: ${result.stdout}`);
  return JSON.parse(lines[0] ?? "");
}

function collector(limitBytes = Infinity): { stream: OutputStream; text: () => string } {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      if (size >= limitBytes) {
        callback(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
        return;
      }
      size += chunk.length;
      chunks.push(chunk);
      callback();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}
