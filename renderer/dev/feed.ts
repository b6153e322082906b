import type { Change, StreamBatch } from "../../engine/contract/index.ts";

/** Hands values to every stream that is open, as acknowledged batches of one item each. */
export class Feed<T> {
  private readonly listeners = new Set<(item: T) => void>();

  emit(item: T): void {
    for (const listener of this.listeners) listener(item);
  }

  /** The given first items, then everything emitted until the reader leaves. */
  async *follow(first: T[], signal: AbortSignal | undefined): AsyncGenerator<StreamBatch<T>, void, void> {
    const stream = crypto.randomUUID();
    const waiting: T[] = [...first];
    let wake = (): void => undefined;
    const listener = (item: T): void => {
      waiting.push(item);
      wake();
    };
    const left = (): void => wake();
    this.listeners.add(listener);
    signal?.addEventListener("abort", left);
    try {
      for (let seq = 1; signal?.aborted !== true;) {
        if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const items = waiting.splice(0);
        if (items.length > 0) yield { stream, seq: seq++, items };
      }
    } finally {
      this.listeners.delete(listener);
      signal?.removeEventListener("abort", left);
    }
  }
}

/** A list that tells its changes, as the engine's lists do. */
export class FakeList<T extends { id: string }> {
  readonly feed = new Feed<Change<T>>();
  private items: Map<string, T> | null;

  constructor(items: readonly T[] | null) {
    this.items = items === null ? null : new Map(items.map((item) => [item.id, item]));
  }

  all(): T[] {
    return [...(this.items?.values() ?? [])];
  }

  get(id: string): T | undefined {
    return this.items?.get(id);
  }

  put(item: T): void {
    this.items?.set(item.id, item);
    this.feed.emit({ kind: "upsert", item });
  }

  remove(id: string): void {
    this.items?.delete(id);
    this.feed.emit({ kind: "remove", id });
  }

  replace(items: readonly T[] | null): void {
    this.items = items === null ? null : new Map(items.map((item) => [item.id, item]));
    this.feed.emit(this.snapshot());
  }

  follow(signal: AbortSignal | undefined) {
    return this.feed.follow([this.snapshot()], signal);
  }

  private snapshot(): Change<T> {
    return this.items === null ? { kind: "unknown" } : { kind: "snapshot", items: this.all() };
  }
}
