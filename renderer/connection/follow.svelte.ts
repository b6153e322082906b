import {
  describeFailure,
  readBatches,
  type BerthClient,
  type Failure,
} from "../../engine/contract/client.ts";
import type { StreamBatch } from "../../engine/contract/index.ts";
import { engine } from "./engine.svelte.ts";

const RETRY_MS = [500, 1000, 2000, 5000, 10_000];

export interface StreamReader<T> {
  /** Opens the stream; null while it is not wanted. Reactive: what it reads decides when to reopen. */
  open: (client: BerthClient, signal: AbortSignal) => Promise<AsyncIterable<StreamBatch<T>>> | null;
  /** A connection of this stream begins; its first items replace what was known. */
  begin?: () => void;
  item?: (item: T) => void;
  /** Everything that one message brought, for readers to whom many items are one change. */
  items?: (items: readonly T[]) => void;
  /** The stream failed; it is tried again by itself. Null once it runs. */
  failed?: (failure: Failure | null) => void;
  /** Follow once to the end and do not reopen (logs of something that has ended). */
  once?: boolean;
}

/**
 * Follows a stream of the engine for the life of the calling component: only while the window is visible
 * and connected, reopened after a lost connection or a failure.
 */
export function follow<T>(reader: StreamReader<T>): void {
  let attempt = $state(0);
  let failures = 0;

  $effect(() => {
    void attempt;
    const client = engine.client;
    if (client === null || !engine.visible) return;
    const abort = new AbortController();
    const opened = reader.open(client, abort.signal);
    if (opened === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      timer = setTimeout(() => (attempt += 1), RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
      failures += 1;
    };
    void (async () => {
      try {
        let first = true;
        for await (const items of readBatches(client, opened)) {
          if (abort.signal.aborted) return;
          if (first) {
            first = false;
            failures = 0;
            reader.begin?.();
            reader.failed?.(null);
          }
          reader.items?.(items);
          if (reader.item !== undefined) for (const item of items) reader.item(item);
        }
        if (!abort.signal.aborted && reader.once !== true) again();
      } catch (error) {
        if (abort.signal.aborted || engine.client !== client) return;
        reader.failed?.(describeFailure(error));
        if (reader.once !== true) again();
      }
    })();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  });
}
