/**
 * One reader's end of an event source: `notify` wakes the reader, wake-ups while it is busy count as one.
 * Ends when the signal is aborted.
 */
export class Wakeup {
  #pending = false;
  #wake: (() => void) | null = null;
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  notify(): void {
    this.#pending = true;
    this.#wake?.();
    this.#wake = null;
  }

  /** True after a notification, false once aborted. */
  async next(): Promise<boolean> {
    const onAbort = () => this.notify();
    this.#signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (!this.#pending && !this.#signal.aborted) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#signal.removeEventListener("abort", onAbort);
    }
    this.#pending = false;
    return !this.#signal.aborted;
  }
}
