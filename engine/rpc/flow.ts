import { randomUUID } from "node:crypto";
import { setImmediate as nextMacrotask } from "node:timers/promises";
import { STREAM_WINDOW, type StreamBatch } from "../contract/streams.ts";

/** Items of one batch at most. */
const BATCH_ITEMS = 500;
/** Batches of a busy stream come this far apart, so that many items share one message. */
const BATCH_INTERVAL_MS = 16;
/** A batch closes early when its items weigh this much. */
const BATCH_WEIGHT = 256 * 1024;

export interface FlowOptions<T> {
  /** Rough size of an item in bytes, for items that can be large. */
  weigh?: (item: T) => number;
}

/** The streams open on one connection and how far their readers are. */
export class FlowControl {
  readonly #streams = new Map<string, Credit>();

  /** Streams that are open right now. */
  get size(): number {
    return this.#streams.size;
  }

  ack(stream: string, seq: number): void {
    // An acknowledgement may arrive after its stream ended.
    this.#streams.get(stream)?.ack(seq);
  }

  /**
   * Sends what `produce` yields in batches, at most STREAM_WINDOW of them beyond the reader's last
   * acknowledgement. The producer is pulled only as far as a batch needs, and its signal is aborted as
   * soon as the reader leaves, the connection closes or the producer itself ends.
   */
  async *stream<T>(
    produce: (signal: AbortSignal) => AsyncIterable<T>,
    signal: AbortSignal | undefined,
    options: FlowOptions<T> = {},
  ): AsyncGenerator<StreamBatch<T>, void, void> {
    const stream = randomUUID();
    const credit = new Credit();
    const ending = new AbortController();
    const end = () => {
      ending.abort();
      credit.wake();
    };
    signal?.addEventListener("abort", end, { once: true });
    if (signal?.aborted) end();
    this.#streams.set(stream, credit);
    const collector = new Collector(produce(ending.signal), ending.signal, options.weigh ?? (() => 1));
    try {
      for (let seq = 1; ; seq += 1) {
        await credit.reaches(seq - STREAM_WINDOW, ending.signal);
        const items = await collector.next();
        if (items === null || ending.signal.aborted) return;
        yield { stream, seq, items };
        // A producer that always has more would otherwise keep every other call from its turn.
        await nextMacrotask();
      }
    } finally {
      signal?.removeEventListener("abort", end);
      this.#streams.delete(stream);
      end();
      collector.close();
    }
  }
}

/** How far a reader has acknowledged, and the one writer that waits for it. */
class Credit {
  #acked = 0;
  #wake: (() => void) | null = null;

  ack(seq: number): void {
    this.#acked = Math.max(this.#acked, seq);
    this.wake();
  }

  wake(): void {
    this.#wake?.();
    this.#wake = null;
  }

  async reaches(seq: number, signal: AbortSignal): Promise<void> {
    while (this.#acked < seq && !signal.aborted) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

/** Pulls a producer ahead by one batch at most. */
class Collector<T> {
  readonly #iterator: AsyncIterator<T>;
  readonly #signal: AbortSignal;
  readonly #weigh: (item: T) => number;
  #pending: Promise<IteratorResult<T>> | null = null;
  #lastBatchAt = 0;

  constructor(source: AsyncIterable<T>, signal: AbortSignal, weigh: (item: T) => number) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.#signal = signal;
    this.#weigh = weigh;
  }

  /** At least one item, as soon as the interval since the last batch allows; null at the end. */
  async next(): Promise<T[] | null> {
    const aborted = abortion(this.#signal);
    try {
      const first = await Promise.race([this.#pull(), aborted.promise]);
      if (first === null || first.done) return null;
      return await this.#fill(this.#accept(first.value), aborted.promise);
    } finally {
      aborted.release();
    }
  }

  /** Lets the producer clean up; it may still be waiting for something that its signal ends. */
  close(): void {
    this.#iterator.return?.().catch(() => undefined);
  }

  async #fill(first: T, aborted: Promise<null>): Promise<T[]> {
    const waitMs = Math.max(0, this.#lastBatchAt + BATCH_INTERVAL_MS - performance.now());
    const timer = alarm(waitMs);
    const items = [first];
    let weight = this.#weigh(first);
    try {
      while (items.length < BATCH_ITEMS && weight < BATCH_WEIGHT) {
        const next = await Promise.race([this.#pull(), timer.promise, aborted]);
        // The end, or a failure, is met again by the next call, after these items were delivered.
        if (next === null || next.done) break;
        weight += this.#weigh(next.value);
        items.push(this.#accept(next.value));
      }
    } catch {
      return items;
    } finally {
      timer.cancel();
      this.#lastBatchAt = performance.now();
    }
    return items;
  }

  /** The item asked for last; asks for one where none is. Stays the same promise until accepted. */
  #pull(): Promise<IteratorResult<T>> {
    this.#pending ??= this.#iterator.next();
    return this.#pending;
  }

  #accept(item: T): T {
    this.#pending = null;
    return item;
  }
}

/** A promise that resolves to null after a while; zero still lets a macrotask pass. */
function alarm(afterMs: number): { promise: Promise<null>; cancel: () => void } {
  let cancel = () => {};
  const promise = new Promise<null>((resolve) => {
    if (afterMs < 1) {
      const immediate = setImmediate(resolve, null);
      cancel = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(resolve, afterMs, null);
      cancel = () => clearTimeout(timer);
    }
  });
  return { promise, cancel };
}

/** A promise that resolves to null once the signal is aborted. */
function abortion(signal: AbortSignal): { promise: Promise<null>; release: () => void } {
  let listener = () => {};
  const promise = new Promise<null>((resolve) => {
    listener = () => resolve(null);
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener, { once: true });
  });
  return { promise, release: () => signal.removeEventListener("abort", listener) };
}
