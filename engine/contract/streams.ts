import { eventIterator } from "@orpc/contract";
import { z } from "zod";

/**
 * One message of a stream. Items travel in batches; the reader acknowledges `seq` through `flow.ack`
 * and the writer stays at most `STREAM_WINDOW` batches ahead, on every transport alike.
 */
export interface StreamBatch<T> {
  stream: string;
  seq: number;
  items: T[];
}

/** Batches that may be under way before the writer waits for the reader. */
export const STREAM_WINDOW = 8;

/** Output of a procedure that streams items of one shape in acknowledged batches. */
export function streamOf<T extends z.ZodType>(item: T) {
  return eventIterator(z.object({ stream: z.string(), seq: z.int(), items: z.array(item) }));
}

/**
 * Changes of a live list. `unknown` means the list cannot be seen right now (VM not running),
 * which is not the same as an empty list.
 */
export function changesOf<T extends z.ZodType>(item: T) {
  return streamOf(
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("snapshot"), items: z.array(item) }),
      z.object({ kind: z.literal("upsert"), item }),
      z.object({ kind: z.literal("remove"), id: z.string() }),
      z.object({ kind: z.literal("unknown") }),
    ]),
  );
}

export type Change<T> =
  | { kind: "snapshot"; items: T[] }
  | { kind: "upsert"; item: T }
  | { kind: "remove"; id: string }
  | { kind: "unknown" };
