/** Items that may wait for the reader before the sources rest. */
const WAITING_ITEMS = 1000;

/**
 * Several sequences as one, in the order in which their items come. Ends when all have ended, fails with the
 * first that fails; a reader that leaves ends them all.
 */
export async function* merged<T>(
  sources: readonly AsyncGenerator<T, void, void>[],
): AsyncGenerator<T, void, void> {
  const waiting: T[] = [];
  const state = { open: sources.length, left: false, failure: null as Error | null };
  let wakeReader = () => {};
  let wakeSources: (() => void)[] = [];

  const pump = async (source: AsyncGenerator<T, void, void>) => {
    try {
      for await (const item of source) {
        waiting.push(item);
        wakeReader();
        if (waiting.length >= WAITING_ITEMS) await new Promise<void>((resolve) => wakeSources.push(resolve));
        if (state.left) return;
      }
    } catch (error) {
      state.failure ??= error instanceof Error ? error : new Error(String(error));
    } finally {
      state.open -= 1;
      wakeReader();
    }
  };

  for (const source of sources) void pump(source);
  try {
    for (;;) {
      if (waiting.length > 0) {
        yield* waiting.splice(0);
        for (const wake of wakeSources.splice(0)) wake();
      } else if (state.failure !== null) {
        throw state.failure;
      } else if (state.open === 0) {
        return;
      } else {
        await new Promise<void>((resolve) => (wakeReader = resolve));
      }
    }
  } finally {
    state.left = true;
    for (const wake of wakeSources) wake();
    wakeSources = [];
  }
}
