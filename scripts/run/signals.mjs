const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
const repeatMs = 1000;

/**
 * Calls the handler for each wish to end. A terminal's Ctrl-C reaches this process twice, from the terminal and
 * from npm: what follows within a second is the same wish.
 * @param {(signal: "SIGINT" | "SIGTERM") => void} handler
 */
export function onEndWish(handler) {
  let lastAt = Number.NEGATIVE_INFINITY;
  for (const signal of signals) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - lastAt < repeatMs) return;
      lastAt = now;
      handler(signal === "SIGINT" ? "SIGINT" : "SIGTERM");
    });
  }
}
