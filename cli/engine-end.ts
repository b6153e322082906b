import { readStream } from "../engine/contract/index.ts";
import type { BerthClient } from "../engine/contract/index.ts";

/** Resolves when the engine has let go of its home and ended the connection, or when the signal fires. */
export async function untilEngineEnds(client: BerthClient, signal?: AbortSignal): Promise<void> {
  try {
    const statuses = readStream(client, client.vm.watch(undefined, signal ? { signal } : {}));
    let next = await statuses.next();
    while (next.done !== true) next = await statuses.next();
  } catch {
    // However the stream ended: it has.
  }
}
