import type { BerthError } from "../errors.ts";

type Work = (signal: AbortSignal) => Promise<void>;

interface Transition {
  goal: string;
  promise: Promise<void>;
  abort: AbortController;
}

/**
 * One transition at a time. A request for the goal of the transition that was asked for last joins it; any
 * other waits for its turn.
 */
export class TransitionQueue {
  readonly #transitions: Transition[] = [];

  request(goal: string, work: Work): Promise<void> {
    const last = this.#transitions.at(-1);
    if (last?.goal === goal && !last.abort.signal.aborted) return last.promise;
    const abort = new AbortController();
    const before = last?.promise.catch(() => undefined) ?? Promise.resolve();
    const promise = before.then(() => {
      abort.signal.throwIfAborted();
      return work(abort.signal);
    });
    const transition = { goal, promise, abort };
    this.#transitions.push(transition);
    const remove = () => this.#transitions.splice(this.#transitions.indexOf(transition), 1);
    promise.then(remove, remove);
    return promise;
  }

  /** Calls off transitions with this goal, running or waiting; they reject with the reason given. */
  cancel(goal: string, reason: BerthError): void {
    for (const transition of this.#transitions) {
      if (transition.goal === goal) transition.abort.abort(reason);
    }
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#transitions.length > 0) {
      await Promise.allSettled(this.#transitions.map(({ promise }) => promise));
    }
  }

  get busy(): boolean {
    return this.#transitions.length > 0;
  }

  /** Whether a transition with this goal is under way or waits. */
  awaits(goal: string): boolean {
    return this.#transitions.some(
      (transition) => transition.goal === goal && !transition.abort.signal.aborted,
    );
  }

  /** The goal asked for last, while it is not reached. */
  get lastGoal(): string | null {
    return this.#transitions.at(-1)?.goal ?? null;
  }
}
