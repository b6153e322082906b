import { BerthError } from "../vm.ts";

/** One piece of work at a time for each name; the others wait, and can be called off while they do. */
export class Exclusive {
  readonly #last = new Map<string, Promise<unknown>>();

  isBusy(name: string): boolean {
    return this.#last.has(name);
  }

  async run<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const done = before.then(() => {
      if (signal.aborted)
        throw new BerthError({ code: "cancelled", message: "Called off.", hint: "Start it again." });
      return work();
    });
    const settled = done.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(name, settled);
    void settled.then(() => {
      if (this.#last.get(name) === settled) this.#last.delete(name);
    });
    return done;
  }
}
