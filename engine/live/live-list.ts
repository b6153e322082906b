import { isDeepStrictEqual } from "node:util";
import type { Change } from "../contract/streams.ts";
import { Wakeup } from "./wakeup.ts";

/**
 * A list that others follow: by snapshot, then by changes. Until `reset` it is unknown, which is not the
 * same as empty. Equal values cause no change.
 */
export class LiveList<T> {
  readonly #idOf: (item: T) => string;
  readonly #followers = new Set<Follower<T>>();
  readonly #listeners = new Set<() => void>();
  #items: Map<string, T> | null = null;
  /** Set while changes are made together; listeners hear of them once, at the end. */
  #together: { changed: boolean } | null = null;

  constructor(idOf: (item: T) => string) {
    this.#idOf = idOf;
  }

  get known(): boolean {
    return this.#items !== null;
  }

  /** Everything on the list, or null while it is unknown. */
  all(): T[] | null {
    return this.#items === null ? null : [...this.#items.values()];
  }

  get(id: string): T | undefined {
    return this.#items?.get(id);
  }

  /** Replaces the whole list; followers see only what differs where they know the old one. */
  reset(items: T[]): void {
    const fresh = new Map(items.map((item) => [this.#idOf(item), item]));
    if (this.#items === null) {
      this.#items = fresh;
      for (const follower of this.#followers) follower.reset();
      this.#changed();
      return;
    }
    this.together(() => {
      for (const id of [...(this.#items?.keys() ?? [])]) if (!fresh.has(id)) this.remove(id);
      for (const item of items) this.upsert(item);
    });
  }

  /** Makes several changes of which listeners hear once. */
  together(change: () => void): void {
    if (this.#together !== null) {
      change();
      return;
    }
    const together = { changed: false };
    this.#together = together;
    try {
      change();
    } finally {
      this.#together = null;
      if (together.changed) this.#changed();
    }
  }

  upsert(item: T): void {
    if (this.#items === null) return;
    const id = this.#idOf(item);
    if (isDeepStrictEqual(this.#items.get(id), item)) return;
    this.#items.set(id, item);
    for (const follower of this.#followers) follower.touch(id);
    this.#changed();
  }

  remove(id: string): void {
    if (!this.#items?.delete(id)) return;
    for (const follower of this.#followers) follower.touch(id);
    this.#changed();
  }

  /** The list can no longer be seen. */
  forget(): void {
    if (this.#items === null) return;
    this.#items = null;
    for (const follower of this.#followers) follower.reset();
    this.#changed();
  }

  /** Calls back after every change, whatever it was; returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The list now and every change from then on. Changes of one item that a slow reader has not taken yet
   * become one, so what waits for it never exceeds the list itself.
   */
  async *follow(signal: AbortSignal): AsyncGenerator<Change<T>, void, void> {
    const wakeup = new Wakeup(signal);
    const follower = new Follower<T>(wakeup);
    this.#followers.add(follower);
    try {
      follower.reset();
      while (await wakeup.next()) {
        for (const change of follower.take(this.#items)) yield change;
      }
    } finally {
      this.#followers.delete(follower);
    }
  }

  #changed(): void {
    if (this.#together !== null) {
      this.#together.changed = true;
      return;
    }
    for (const listener of this.#listeners) listener();
  }
}

/** What one reader has still to be told: everything, or the ids that changed. */
class Follower<T> {
  readonly #wakeup: Wakeup;
  #touched = new Set<string>();
  #all = false;

  constructor(wakeup: Wakeup) {
    this.#wakeup = wakeup;
  }

  touch(id: string): void {
    this.#touched.add(id);
    this.#wakeup.notify();
  }

  reset(): void {
    this.#all = true;
    this.#touched.clear();
    this.#wakeup.notify();
  }

  take(items: Map<string, T> | null): Change<T>[] {
    const touched = this.#touched;
    const all = this.#all;
    this.#touched = new Set();
    this.#all = false;
    if (all) return [items === null ? { kind: "unknown" } : { kind: "snapshot", items: [...items.values()] }];
    return [...touched].map((id): Change<T> => {
      const item = items?.get(id);
      return item === undefined ? { kind: "remove", id } : { kind: "upsert", item };
    });
  }
}
