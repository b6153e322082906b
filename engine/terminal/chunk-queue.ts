import type { Readable } from "node:stream";

/** Bytes that may wait for a slow reader before the sources are paused. */
const HIGH_WATER_BYTES = 256 * 1024;

/** Merges several byte streams into one sequence in order of arrival, pausing them for a slow reader. */
export class ChunkQueue<T> {
  #items: { item: T; bytes: number }[] = [];
  #bytes = 0;
  #open = 0;
  #wake: (() => void) | null = null;
  #closed = false;
  readonly #sources: Readable[] = [];

  /** Takes everything from a stream until it ends; `wrap` makes items of its chunks. */
  add(source: Readable, wrap: (chunk: Buffer) => T[]): void {
    this.#open += 1;
    this.#sources.push(source);
    let ended = false;
    const end = () => {
      if (ended) return;
      ended = true;
      this.#open -= 1;
      this.#notify();
    };
    source.on("data", (chunk: Buffer) => {
      for (const item of wrap(chunk)) this.#items.push({ item, bytes: chunk.length });
      this.#bytes += chunk.length;
      if (this.#bytes > HIGH_WATER_BYTES) for (const one of this.#sources) one.pause();
      this.#notify();
    });
    // A broken stream ends the output; the exit code tells the rest.
    source.on("error", end);
    source.on("end", end);
    source.on("close", end);
  }

  /** Ends the sequence although streams may still be open. */
  close(): void {
    this.#closed = true;
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      const items = this.#items;
      this.#items = [];
      for (const { item } of items) yield item;
      if (items.length > 0) {
        this.#bytes = 0;
        for (const source of this.#sources) source.resume();
        continue;
      }
      if (this.#closed || this.#open === 0) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
