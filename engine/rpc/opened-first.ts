/**
 * Opens a source before its stream is answered, so that what prevents it (no such container) fails the call
 * itself. The source's signal is aborted when the caller leaves or the stream ends.
 */
export async function openedFirst<T>(
  caller: AbortSignal | undefined,
  open: (signal: AbortSignal) => Promise<AsyncIterable<T>>,
): Promise<(signal: AbortSignal) => AsyncIterable<T>> {
  const ending = new AbortController();
  const end = () => ending.abort();
  caller?.addEventListener("abort", end, { once: true });
  if (caller?.aborted) end();
  const source = await open(ending.signal);
  return (signal) => {
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    return source;
  };
}
