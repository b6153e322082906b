/**
 * Progress for people: one line per step. On a terminal the line is redrawn; in a log a new line is written
 * at most every tenth of the way, so that captured output stays readable.
 *
 * @typedef {object} Progress
 * @property {(fraction: number | undefined, text?: string) => void} update fraction 0–1, undefined if unknown
 * @property {(text: string) => void} note a line of its own that stays
 */

/**
 * @param {{ write(text: string): unknown, isTTY?: boolean, columns?: number }} [out]
 */
export function createReporter(out = process.stdout) {
  const live = Boolean(out.isTTY);
  let open = false;

  const clear = () => {
    if (live && open) out.write("\r\u001b[K");
    open = false;
  };
  /** @param {string} text */
  const line = (text) => {
    clear();
    out.write(`${text}\n`);
  };

  return {
    line,
    /**
     * Runs one step and shows how it goes. The last line stays: done, with the time it took, or failed.
     * @template T
     * @param {string} title
     * @param {(progress: Progress) => Promise<T>} work
     * @param {string} [why] shown with the first line
     * @returns {Promise<T>}
     */
    async step(title, work, why) {
      const startedAt = Date.now();
      let lastTenth = -1;
      let lastText = "";
      line(why ? `• ${title}: ${why}` : `• ${title}`);
      /** @type {Progress} */
      const progress = {
        update(given, text = "") {
          const fraction = given === undefined ? undefined : Math.min(1, given);
          const percent = fraction === undefined ? "" : `${Math.floor(fraction * 100)}% `;
          if (live) {
            clear();
            out.write(`  ${percent}${text}`.slice(0, (out.columns ?? 100) - 1));
            open = true;
            return;
          }
          const tenth = fraction === undefined ? -1 : Math.floor(fraction * 10);
          if (text === lastText && tenth <= lastTenth) return;
          if (text !== lastText) lastTenth = -1;
          lastTenth = Math.max(lastTenth, tenth);
          lastText = text;
          line(`  ${percent}${text}`);
        },
        note: (text) => line(`  ${text}`),
      };
      try {
        const result = await work(progress);
        line(`✓ ${title} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
        return result;
      } catch (error) {
        line(`✗ ${title}`);
        throw error;
      }
    },
  };
}

/** @typedef {ReturnType<typeof createReporter>} Reporter */
