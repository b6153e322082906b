/**
 * How the body of a message is delimited (RFC 9112, section 6). `raw`: everything that follows; `interim`: it has
 * none, and the message proper is still to come.
 */
export type Framing =
  { kind: "length"; bytes: number } | { kind: "chunked" } | { kind: "raw" } | { kind: "interim" };

export interface MessageHead {
  /** Request line or status line. */
  first: string;
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>;
}

interface Listener {
  /** A head is complete; answers how its body is delimited. */
  head(head: MessageHead): Framing;
  /** A message is complete. Not called for `raw`. */
  end(): void;
}

const HEAD_BYTES = 64 * 1024;
const LINE_BYTES = 1024;

/**
 * Follows one direction of an HTTP/1.1 connection: tells heads and ends of messages, passing over bodies. What it
 * does not understand it takes as raw bytes until the end; it never fails.
 */
export class HttpMessages {
  readonly #listener: Listener;
  #state: "head" | "length" | "chunk-size" | "chunk-data" | "trailer" | "raw" = "head";
  #line = "";
  #left = 0;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** From now on the bytes are of another protocol. */
  becomeRaw(): void {
    this.#state = "raw";
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#state !== "raw") at = this.#take(chunk, at);
  }

  #take(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case "length":
      case "chunk-data":
        return this.#skip(chunk, at);
      case "head":
        return this.#readUntil(chunk, at, "\r\n\r\n", HEAD_BYTES, (text) => this.#head(text));
      case "chunk-size":
        return this.#readUntil(chunk, at, "\r\n", LINE_BYTES, (text) => this.#chunkSize(text));
      case "trailer":
        return this.#readUntil(chunk, at, "\r\n", HEAD_BYTES, (text) => {
          if (text === "") this.#end();
        });
      case "raw":
        return chunk.length;
    }
  }

  #skip(chunk: Buffer, at: number): number {
    const taken = Math.min(this.#left, chunk.length - at);
    this.#left -= taken;
    if (this.#left === 0) {
      if (this.#state === "length") this.#end();
      else this.#state = "chunk-size";
    }
    return at + taken;
  }

  /** Collects text up to `mark`, which may lie across chunks, and hands it on without it. */
  #readUntil(chunk: Buffer, at: number, mark: string, limit: number, done: (text: string) => void): number {
    const before = this.#line.length;
    const tail = chunk.toString("latin1", at, Math.min(chunk.length, at + limit));
    const text = this.#line + tail;
    const found = text.indexOf(mark, Math.max(0, before - mark.length));
    if (found === -1) {
      this.#line = text;
      if (text.length > limit) this.#state = "raw";
      return at + tail.length;
    }
    this.#line = "";
    done(text.slice(0, found));
    return at + found + mark.length - before;
  }

  #head(text: string): void {
    const [first = "", ...lines] = text.split("\r\n");
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(":");
      if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
    const framing = this.#listener.head({ first: first.trim(), headers });
    if (framing.kind === "raw") this.#state = "raw";
    else if (framing.kind === "chunked") this.#state = "chunk-size";
    else if (framing.kind === "interim") this.#state = "head";
    else if (framing.bytes === 0) this.#end();
    else {
      this.#state = "length";
      this.#left = framing.bytes;
    }
  }

  #chunkSize(text: string): void {
    const size = Number.parseInt(text, 16);
    if (Number.isNaN(size)) {
      this.#state = "raw";
    } else if (size === 0) {
      this.#state = "trailer";
    } else {
      this.#state = "chunk-data";
      // The data's own line end is passed over with it.
      this.#left = size + 2;
    }
  }

  #end(): void {
    this.#state = "head";
    this.#listener.end();
  }
}

/** The framing that a message's headers tell; null when they tell none. */
export function framingOf(headers: ReadonlyMap<string, string>): Framing | null {
  if (/\bchunked\b/i.test(headers.get("transfer-encoding") ?? "")) return { kind: "chunked" };
  const length = Number(headers.get("content-length") ?? Number.NaN);
  return Number.isSafeInteger(length) && length >= 0 ? { kind: "length", bytes: length } : null;
}
