import type { BerthClient, Failure } from "../../engine/contract/client.ts";
import type { Change, StreamBatch } from "../../engine/contract/index.ts";
import { follow } from "../connection/index.ts";
import { applyChanges, LOADING, type ListState } from "./live-list.ts";

/** How often a list that changes all the time is drawn. */
const BURST_INTERVAL_MS = 150;

/** A live list of the engine, kept as long as the component that calls `start` lives. */
export class LiveList<T extends { id: string }> {
  private list: ListState<T> = $state.raw(LOADING);
  failure: Failure | null = $state.raw(null);
  private waiting: Change<T>[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private appliedAt = -BURST_INTERVAL_MS;
  private readonly open: (
    client: BerthClient,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<StreamBatch<Change<T>>>>;

  constructor(
    open: (client: BerthClient, signal: AbortSignal) => Promise<AsyncIterable<StreamBatch<Change<T>>>>,
  ) {
    this.open = open;
  }

  get state(): ListState<T>["state"] {
    return this.list.state;
  }

  get items(): readonly T[] {
    return this.list.items;
  }

  /** Number of items, or null while that is not known. */
  get count(): number | null {
    return this.list.state === "ready" ? this.list.items.length : null;
  }

  find(id: string): T | undefined {
    return this.list.items.find((item) => item.id === id);
  }

  /** Call while a component initialises. */
  start(): void {
    follow<Change<T>>({
      open: this.open,
      items: (changes) => this.take(changes),
      failed: (failure) => (this.failure = failure),
    });
  }

  /** One change shows at once; of a burst, the list is drawn again now and then only. */
  private take(changes: readonly Change<T>[]): void {
    this.waiting.push(...changes);
    if (this.timer !== undefined) return;
    const waitMs = this.appliedAt + BURST_INTERVAL_MS - performance.now();
    if (waitMs <= 0) this.apply();
    else this.timer = setTimeout(() => this.apply(), waitMs);
  }

  private apply(): void {
    this.timer = undefined;
    this.appliedAt = performance.now();
    this.list = applyChanges(this.list, this.waiting.splice(0));
  }
}
