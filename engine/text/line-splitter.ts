const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/**
 * Cuts bytes into lines of text. A line longer than `maxLineBytes` comes in pieces, cut between
 * characters, so that a program that never ends its line cannot fill our memory.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(maxLineBytes = 64 * 1024) {
    this.#maxLineBytes = maxLineBytes;
  }

  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (;;) {
      const newline = chunk.indexOf(NEWLINE, start);
      if (newline === -1) break;
      this.#hold(chunk.subarray(start, newline), lines);
      lines.push(this.#take(true));
      start = newline + 1;
    }
    this.#hold(chunk.subarray(start), lines);
    return lines;
  }

  /** What is left when the stream ended without a newline. */
  flush(): string[] {
    return this.#length === 0 ? [] : [this.#take(true)];
  }

  #hold(part: Buffer, lines: string[]): void {
    let rest = part;
    while (this.#length + rest.length > this.#maxLineBytes) {
      const room = this.#maxLineBytes - this.#length;
      const cut = characterBoundary(rest, room);
      this.#keep(rest.subarray(0, cut));
      rest = rest.subarray(cut);
      lines.push(this.#take(false));
    }
    this.#keep(rest);
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#length += part.length;
  }

  #take(ended: boolean): string {
    const [only, ...more] = this.#parts;
    const line = only !== undefined && more.length === 0 ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    const end = ended && line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
    return line.toString("utf8", 0, end);
  }
}

/** The largest cut at or below `at` that does not fall inside a UTF-8 character. */
export function characterBoundary(bytes: Buffer, at: number): number {
  for (let cut = at; cut > 0 && cut > at - 4; cut -= 1) {
    if (((bytes[cut] ?? 0) & 0xc0) !== 0x80) return cut;
  }
  return at;
}
