import type { BerthClient, Failure } from "../../engine/contract/client.ts";
import type { Change, StreamBatch } from "../../engine/contract/index.ts";
import { follow } from "../connection/index.ts";
import { applyChange, LOADING, type ListState } from "./live-list.ts";

/** A live list of the engine, kept as long as the component that calls `start` lives. */
export class LiveList<T extends { id: string }> {
  private list: ListState<T> = $state.raw(LOADING);
  failure: Failure | null = $state.raw(null);
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
      item: (change) => (this.list = applyChange(this.list, change)),
      failed: (failure) => (this.failure = failure),
    });
  }
}
