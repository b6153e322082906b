import type { ContractRouterClient } from "@orpc/contract";
import type { contract } from "./contract.ts";
import type { StreamBatch } from "./streams.ts";

/** A typed client of the engine, the same over every transport. */
export type BerthClient = ContractRouterClient<typeof contract>;

/** A failure as people see it. */
export interface Failure {
  code: string;
  message: string;
  hint: string;
}

/** Acknowledging every few batches keeps the writer going without a message per batch. */
const ACK_EVERY = 4;

/**
 * Reads a stream item by item and acknowledges as it goes, so that a slow reader slows the writer
 * instead of filling memory. Leaving the loop ends the stream on the engine's side.
 */
export async function* readStream<T>(
  client: Pick<BerthClient, "flow">,
  opened: Promise<AsyncIterable<StreamBatch<T>>>,
): AsyncGenerator<T, void, void> {
  for await (const items of readBatches(client, opened)) yield* items;
}

/** Reads a stream as `readStream` does, with everything at once that came in one message. */
export async function* readBatches<T>(
  client: Pick<BerthClient, "flow">,
  opened: Promise<AsyncIterable<StreamBatch<T>>>,
): AsyncGenerator<readonly T[], void, void> {
  for await (const batch of await opened) {
    yield batch.items;
    if (batch.seq % ACK_EVERY === 0) await client.flow.ack({ stream: batch.stream, seq: batch.seq });
  }
}

/** Turns whatever a call threw into words for people. */
export function describeFailure(error: unknown): Failure {
  if (isTypedFailure(error)) {
    return { code: error.data.code, message: error.message, hint: error.data.hint };
  }
  if (error instanceof Error && "code" in error && error.code === "BAD_REQUEST") {
    return { code: "invalid-input", message: inputProblem(error), hint: "Correct the input and try again." };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "unexpected", message, hint: "Look at the engine's log: berth logs engine." };
}

function isTypedFailure(error: unknown): error is Error & { data: { code: string; hint: string } } {
  if (!(error instanceof Error) || !("data" in error)) return false;
  const { data } = error;
  return typeof data === "object" && data !== null && "hint" in data && "code" in data;
}

function inputProblem(error: Error): string {
  if (!("data" in error)) return error.message;
  const { data } = error;
  if (typeof data !== "object" || data === null || !("issues" in data) || !Array.isArray(data.issues)) {
    return error.message;
  }
  const words = data.issues.map((issue: { path?: unknown[]; message?: string }) => {
    const path = (issue.path ?? []).map((part) => String(part)).join(".");
    return path === "" ? String(issue.message) : `${path}: ${String(issue.message)}`;
  });
  return words.join("; ");
}
