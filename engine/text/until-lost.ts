/**
 * What a stream brings until it ends, be it because the connection was lost: suspending the VM or stopping
 * Docker ends whatever followed it, which is no failure of the one who follows.
 */
export async function* untilLost(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  try {
    yield* chunks;
  } catch {
    return;
  }
}
