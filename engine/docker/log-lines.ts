import type { LogText } from "../contract/index.ts";
import { characterBoundary } from "../text/line-splitter.ts";
import { FrameParser } from "./frames.ts";

export type ReadLine = Pick<LogText, "source" | "at" | "text" | "part">;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
/** Bytes of one item; a longer line comes as several, all but the last of them marked as parts. */
const PIECE_BYTES = 16 * 1024;
/** Docker writes this before each message: nanoseconds with nine digits, so the length is always the same. */
const STAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{9}Z /;
const STAMP_BYTES = 31;
/** A moment inside of a long line is known only as a whole, so that much is waited for. */
const LONGEST_HELD = PIECE_BYTES + STAMP_BYTES;

/** Reads the log of a container without a terminal, where both streams come in frames, one a message. */
export class FramedLog {
  readonly #frames = new FrameParser();
  readonly #sources = { stdout: new LineReader("stdout"), stderr: new LineReader("stderr") };

  push(chunk: Buffer): ReadLine[] {
    const lines: ReadLine[] = [];
    for (const { source, data, first } of this.#frames.push(chunk)) {
      const reader = this.#sources[source];
      // A line of more than 16 KiB is several messages, each with the same moment before it.
      if (first) reader.expectStamp();
      reader.push(data, lines);
    }
    return lines;
  }

  flush(): ReadLine[] {
    return Object.values(this.#sources).flatMap((reader) => reader.flush());
  }
}

/** Reads the log of a container with a terminal: one stream, a moment before each message. */
export class TerminalLog {
  readonly #reader = new LineReader("stdout", true);

  push(chunk: Buffer): ReadLine[] {
    const lines: ReadLine[] = [];
    this.#reader.push(chunk, lines);
    return lines;
  }

  flush(): ReadLine[] {
    return this.#reader.flush();
  }
}

/**
 * Cuts the bytes of one stream into lines, and takes Docker's moments off them: as bytes, because a message may
 * end in the middle of a character.
 */
class LineReader {
  readonly #source: ReadLine["source"];
  readonly #stampEachLine: boolean;
  #held = Buffer.alloc(0);
  #at: string | null = null;
  /** Where in what is held a moment may begin; null where none is due. */
  #stampAt: number | null = 0;

  constructor(source: ReadLine["source"], stampEachLine = false) {
    this.#source = source;
    this.#stampEachLine = stampEachLine;
  }

  expectStamp(): void {
    this.#stampAt = this.#held.length;
  }

  push(data: Buffer, lines: ReadLine[]): void {
    this.#held = Buffer.concat([this.#held, data]);
    for (;;) {
      if (!this.#takeStamp(false)) return;
      this.#dropRepeatedStamps();
      const newline = this.#held.indexOf(NEWLINE);
      if (newline !== -1 && newline <= LONGEST_HELD) {
        const end = this.#held[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline;
        lines.push(this.#line(end, false));
        this.#held = this.#held.subarray(newline + 1);
        if (this.#stampEachLine) this.#stampAt = 0;
      } else if (this.#held.length > LONGEST_HELD) {
        const cut = characterBoundary(this.#held, PIECE_BYTES);
        lines.push(this.#line(cut, true));
        this.#held = this.#held.subarray(cut);
      } else {
        return;
      }
    }
  }

  /** What is left when the log ended without a newline. */
  flush(): ReadLine[] {
    this.#takeStamp(true);
    this.#dropRepeatedStamps();
    return this.#held.length === 0 ? [] : [this.#line(this.#held.length, false)];
  }

  /** False while what may be a moment has not arrived as a whole. */
  #takeStamp(ended: boolean): boolean {
    if (this.#stampAt === null) return true;
    const start = this.#held.subarray(this.#stampAt, this.#stampAt + STAMP_BYTES);
    if (start.length < STAMP_BYTES && !start.includes(NEWLINE) && !ended) return false;
    const stamp = STAMP.exec(start.toString("latin1"))?.[0];
    if (stamp !== undefined) {
      this.#at = stamp.trimEnd();
      this.#held = without(this.#held, this.#stampAt);
    } else if (this.#stampAt === 0) {
      this.#at = null;
    }
    this.#stampAt = null;
    return true;
  }

  /** With a terminal, a long line's later messages carry the moment of the first inside of the line. */
  #dropRepeatedStamps(): void {
    if (!this.#stampEachLine || this.#at === null) return;
    const stamp = `${this.#at} `;
    for (;;) {
      const newline = this.#held.indexOf(NEWLINE);
      const at = this.#held.indexOf(stamp, 0, "latin1");
      if (at === -1 || (newline !== -1 && at > newline)) return;
      this.#held = without(this.#held, at);
    }
  }

  #line(end: number, part: boolean): ReadLine {
    return { source: this.#source, at: this.#at, text: this.#held.toString("utf8", 0, end), part };
  }
}

/** The bytes without the moment that begins at an offset. */
function without(bytes: Buffer, at: number): Buffer<ArrayBuffer> {
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + STAMP_BYTES)]);
}
