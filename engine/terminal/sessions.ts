import { once } from "node:events";
import { BerthError } from "../vm.ts";
import type { TerminalProcess } from "./process.ts";

export type TerminalItem = { kind: "stdout" | "stderr"; data: string } | { kind: "exit"; code: number };

/** Pieces of output that cross the contract as one item. */
const PIECE_BYTES = 32 * 1024;

/** Open terminals by the id their client chose. */
export class TerminalSessions {
  readonly #sessions = new Map<string, Promise<TerminalProcess>>();
  readonly #begin: () => () => void;

  /** `begin` is called when a terminal is opened; what it returns, when that one has ended. */
  constructor(begin: () => () => void = () => () => undefined) {
    this.#begin = begin;
  }

  /** Opens a terminal under an id; input for it may arrive before it is open. */
  async open(session: string, open: () => Promise<TerminalProcess>): Promise<TerminalProcess> {
    if (this.#sessions.has(session)) {
      throw new BerthError({
        code: "session_exists",
        message: "A terminal with this id is open already.",
        hint: "Open it with a new id.",
      });
    }
    const opening = open();
    this.#sessions.set(session, opening);
    try {
      return await opening;
    } catch (error) {
      this.#sessions.delete(session);
      throw error;
    }
  }

  /** What an opened terminal says, its exit code last. Ends the terminal when the reader leaves. */
  async *output(
    session: string,
    terminal: TerminalProcess,
    signal: AbortSignal,
  ): AsyncGenerator<TerminalItem, void, void> {
    const end = () => terminal.close();
    const ended = this.#begin();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    try {
      for await (const { kind, data } of terminal.output) {
        for (let start = 0; start < data.length; start += PIECE_BYTES) {
          yield { kind, data: data.subarray(start, start + PIECE_BYTES).toString("base64") };
        }
      }
      if (!signal.aborted) yield { kind: "exit", code: await terminal.exitCode() };
    } finally {
      signal.removeEventListener("abort", end);
      this.#sessions.delete(session);
      ended();
      end();
    }
  }

  /** Writes input in order of the calls; resolves when the command has room for more. */
  async input(session: string, data: Buffer, end: boolean): Promise<void> {
    const { stdin } = await this.#require(session);
    // A command that ended meanwhile takes no input, which is not worth an error.
    if (stdin.destroyed || stdin.writableEnded) return;
    const hasRoom = data.length === 0 || stdin.write(data);
    if (end) stdin.end();
    else if (!hasRoom) await Promise.race([once(stdin, "drain"), once(stdin, "close")]);
  }

  async resize(session: string, columns: number, rows: number): Promise<void> {
    await (await this.#require(session)).resize(columns, rows);
  }

  #require(session: string): Promise<TerminalProcess> {
    const terminal = this.#sessions.get(session);
    if (terminal) return terminal;
    throw new BerthError({
      code: "session_ended",
      message: "This terminal has ended.",
      hint: "Open a new one.",
    });
  }
}
