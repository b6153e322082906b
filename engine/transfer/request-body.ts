import { Readable } from "node:stream";

/** Sends chunks as the body of a request; when they fail, the request ends, and that is the failure that is told. */
export async function withBody<T>(
  chunks: AsyncIterable<Buffer>,
  signal: AbortSignal,
  send: (body: Readable, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const failures: unknown[] = [];
  const body = Readable.from(chunks, { objectMode: false });
  body.on("error", (error) => {
    failures.push(error);
    ended.abort();
  });
  try {
    return await send(body, AbortSignal.any([signal, ended.signal]));
  } catch (error) {
    signal.throwIfAborted();
    throw failures[0] ?? error;
  } finally {
    body.destroy();
  }
}
