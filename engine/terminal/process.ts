import type { Writable } from "node:stream";

export type OutputChunk = { kind: "stdout" | "stderr"; data: Buffer };

/** A command that runs somewhere, with its streams; where it runs is all that differs. */
export interface TerminalProcess {
  stdin: Writable;
  output: AsyncIterable<OutputChunk>;
  /** Known once the output ended. */
  exitCode(): Promise<number>;
  resize(columns: number, rows: number): Promise<void>;
  /** Ends it, whatever it does. */
  close(): void;
}

export interface TerminalRequest {
  /** Empty: a login shell. */
  command: string[];
  tty: boolean;
  columns: number;
  rows: number;
}
