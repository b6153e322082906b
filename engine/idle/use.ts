/**
 * When the VM was last used, and what uses it right now. Times are those of the monotonic clock, which stands
 * still while the computer sleeps.
 */
export class Use {
  readonly #ongoing = new Map<symbol, string>();
  readonly #listeners = new Set<() => void>();
  #lastAt = performance.now();

  /** Milliseconds since something last happened, or began or ended. */
  get unusedMs(): number {
    return performance.now() - this.#lastAt;
  }

  /** What is under way, in words, each only once. */
  get ongoing(): string[] {
    return [...new Set(this.#ongoing.values())];
  }

  /** Something used the VM this moment. Cheap: it is called for every piece of traffic. */
  touch(): void {
    this.#lastAt = performance.now();
  }

  /** Something begins that must not be interrupted, such as "a build runs"; returns how to end it. */
  begin(what: string): () => void {
    const key = Symbol(what);
    this.#ongoing.set(key, what);
    this.touch();
    this.#changed();
    return () => {
      if (!this.#ongoing.delete(key)) return;
      this.touch();
      this.#changed();
    };
  }

  /** Calls back when something begins or ends; not for mere touches. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
