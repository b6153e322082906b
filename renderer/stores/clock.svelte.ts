import { createSubscriber } from "svelte/reactivity";

/** A reactive "now" in milliseconds that ticks only while something visible reads it. */
function ticking(everyMs: number): { readonly now: number } {
  const subscribe = createSubscriber((update) => {
    const timer = setInterval(() => {
      if (!document.hidden) update();
    }, everyMs);
    return () => clearInterval(timer);
  });
  return {
    get now() {
      subscribe();
      return Date.now();
    },
  };
}

/** For up times, which are shown in minutes. */
export const slowClock = ticking(15_000);
/** For work under way, whose duration is shown in tenths of seconds. */
export const fastClock = ticking(100);
