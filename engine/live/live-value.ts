import { isDeepStrictEqual } from "node:util";
import { Wakeup } from "./wakeup.ts";

/** Follows a value: yields what `read` answers now, then after each change; a slow reader skips states. */
export async function* followValue<T>(
  read: () => T,
  subscribe: (listener: () => void) => () => void,
  signal: AbortSignal,
): AsyncGenerator<T, void, void> {
  const wakeup = new Wakeup(signal);
  const unsubscribe = subscribe(() => wakeup.notify());
  try {
    let last = read();
    yield last;
    while (await wakeup.next()) {
      const current = read();
      if (isDeepStrictEqual(current, last)) continue;
      last = current;
      yield current;
    }
  } finally {
    unsubscribe();
  }
}
