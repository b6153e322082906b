import { styleText } from "node:util";
import type { Failure } from "../engine/contract/index.ts";
import { escapeText, jsonLine } from "./text.ts";
import type { OutputStream } from "./surroundings.ts";

type Style = Parameters<typeof styleText>[0];

/** How often a line that is redrawn in place is redrawn at least, in milliseconds. */
const REDRAW_MS = 1000;

/**
 * What a command says: results on standard output (text, or one JSON document), messages on standard error.
 * A reader who has gone away (EPIPE) is no failure: what is still written is dropped.
 */
export class Output {
  readonly json: boolean;
  /** Fires when nobody reads standard output any more, so that endless commands can end. */
  readonly readerGone: AbortSignal;
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  readonly #gone = new AbortController();
  readonly #styled: boolean;
  #stderrGone = false;

  constructor(stdout: OutputStream, stderr: OutputStream, environment: NodeJS.ProcessEnv, json: boolean) {
    // https://no-color.org: any value but the empty one.
    this.#styled = stdout.isTTY === true && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.json = json;
    this.readerGone = this.#gone.signal;
    stdout.on("error", () => {
      this.#gone.abort();
    });
    stderr.on("error", () => {
      this.#stderrGone = true;
    });
  }

  /** The result of a command: its JSON document with `--json`, else its text. */
  async result(document: unknown, text: () => string): Promise<void> {
    await this.write(this.json ? `${jsonLine(document)}\n` : `${text()}\n`);
  }

  /** Writes to standard output and waits while the reader is slower than the writer. */
  async write(data: string | Uint8Array): Promise<void> {
    await writeTo(this.#stdout, data, this.#gone.signal);
  }

  /** Writes bytes to standard error, unchanged. */
  async writeError(data: string | Uint8Array): Promise<void> {
    if (!this.#stderrGone) await writeTo(this.#stderr, data);
  }

  /** A message for people; never part of the result. */
  note(text: string): void {
    if (!this.#stderrGone) this.#stderr.write(`${text}\n`);
  }

  /** Says what went wrong: words on standard error, with `--json` also the one document on standard output. */
  async failure(failure: Failure): Promise<void> {
    this.note(`berth: ${escapeText(failure.message)}`);
    if (failure.hint !== "") this.note(`  ${escapeText(failure.hint)}`);
    if (!this.json) return;
    const { code, message, hint } = failure;
    await this.write(`${jsonLine({ error: { code, message, hint } })}\n`);
  }

  /** Text in a style, where the reader of standard output sees styles. */
  style(style: Style, text: string): string {
    return this.#styled ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Shows what goes on: in place on a terminal, else a line for each thing that is finished. */
  progress(): ProgressDisplay {
    return this.#stderr.isTTY === true
      ? new ProgressInPlace(this.#stderr)
      : {
          update() {},
          finished: (text) => {
            this.note(text);
          },
          close() {},
        };
  }

  /** Resolves once everything written has left the process. */
  async flush(): Promise<void> {
    if (!this.#gone.signal.aborted) await writeTo(this.#stdout, "", this.#gone.signal, true);
    if (!this.#stderrGone) await writeTo(this.#stderr, "", undefined, true);
  }
}

export interface ProgressDisplay {
  /** What goes on right now. */
  update(text: string): void;
  /** What is finished. */
  finished(text: string): void;
  close(): void;
}

/** One line of the terminal, redrawn. */
class ProgressInPlace implements ProgressDisplay {
  readonly #stream: OutputStream;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #text = "";

  constructor(stream: OutputStream) {
    this.#stream = stream;
    this.#timer = setInterval(() => {
      this.#draw();
    }, REDRAW_MS);
    this.#timer.unref();
  }

  update(text: string): void {
    this.#text = text;
    this.#draw();
  }

  finished(): void {
    this.#draw();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stream.write("\r\u001b[K");
  }

  #draw(): void {
    if (this.#text === "") return;
    const seconds = Math.round((performance.now() - this.#startedAt) / 1000);
    const line = `${this.#text} (${seconds} s)`.slice(0, (this.#stream.columns ?? 80) - 1);
    this.#stream.write(`\r\u001b[K${line}`);
  }
}

/** Resolves when the stream took the data, at once while its buffer has room (unless `flushed`). */
function writeTo(
  stream: OutputStream,
  data: string | Uint8Array,
  gone?: AbortSignal,
  flushed = false,
): Promise<void> {
  if (gone?.aborted === true || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    // The callback also comes with an error, which the stream's "error" listener handles.
    const room = stream.write(data, () => {
      resolve();
    });
    if (room && !flushed) resolve();
  });
}
