import { BerthError, describeError } from "../errors.ts";
import type { Problem, SelfRestart } from "../types.ts";
import { hasSpace } from "./active-machine.ts";
import type { MachineCore } from "./core.ts";
import { cancelled } from "./request-errors.ts";
import { start } from "./start.ts";

export interface SelfRestartRules {
  /** How many restarts there are within the window, at most. */
  attempts: number;
  windowMs: number;
  /** Pause before the first, second, … of a row. */
  delaysMs: number[];
}

const selfRestartRules: SelfRestartRules = {
  attempts: 3,
  windowMs: 600_000,
  delaysMs: [500, 5_000, 20_000],
};

/** The restart that may follow those at the times given; null when there have been enough. */
export function nextRestart(
  times: number[],
  nowMs: number,
  rules: SelfRestartRules = selfRestartRules,
): { attempt: number; delayMs: number } | null {
  const recent = times.filter((time) => nowMs - time < rules.windowMs).length;
  if (recent >= rules.attempts) return null;
  return { attempt: recent + 1, delayMs: rules.delaysMs[recent] ?? 0 };
}

/** Starts the machine again when its process has ended unasked: a few times, and then no more. */
export class SelfRestarts {
  readonly #core: MachineCore;
  readonly #request: (work: (signal: AbortSignal) => Promise<void>) => Promise<void>;
  readonly #closing = new AbortController();
  #times: number[] = [];
  #current: SelfRestart | null = null;
  #hurry: () => void = () => undefined;

  /** `request` queues work as a start, so that a start that is asked for meanwhile joins it. */
  constructor(core: MachineCore, request: (work: (signal: AbortSignal) => Promise<void>) => Promise<void>) {
    this.#core = core;
    this.#request = request;
  }

  /** The restart under way, its pause included. */
  get current(): SelfRestart | null {
    return this.#current;
  }

  /** The process ended and nobody wanted it to. */
  async ended(): Promise<void> {
    const { logger, status, paths } = this.#core;
    if (this.#current !== null || this.#closing.signal.aborted) return;
    if (!(await hasSpace(paths))) {
      logger.warn("The VM is not started again by itself: the disk is full");
      status.addProblem(noSpaceToRestart);
      return;
    }
    if (nextRestart(this.#times, Date.now()) === null) {
      status.addProblem(endedTooOften());
      return;
    }
    await this.#request((signal) => this.#run(signal)).catch((error: unknown) => {
      logger.warn("The VM was not started again by itself", { error: describeError(error) });
    });
  }

  /** Somebody waits: the pause before the restart ends now. */
  hurry(): void {
    this.#hurry();
  }

  close(): void {
    this.#closing.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        const next = nextRestart(this.#times, Date.now());
        if (next === null) throw endedAgain();
        this.#times = [...this.#times, Date.now()].slice(-selfRestartRules.attempts);
        this.#current = { attempt: next.attempt, of: selfRestartRules.attempts };
        this.#announce(next.attempt);
        await this.#pause(next.delayMs, signal);
        try {
          await start(this.#core, {}, signal);
          this.#core.status.addProblem(restarted(next.attempt));
          return;
        } catch (error) {
          signal.throwIfAborted();
          if (nextRestart(this.#times, Date.now()) === null) throw error;
          this.#core.logger.warn("The VM did not come up again, trying once more", {
            error: describeError(error),
          });
        }
      }
    } finally {
      this.#current = null;
    }
  }

  #announce(attempt: number): void {
    this.#core.logger.warn("QEMU ended unasked; the VM is started again", { attempt });
    this.#core.status.progress({
      transition: "start",
      phase: "again",
      ms: 0,
      message: `The VM ended unexpectedly and is started again (${attempt} of ${selfRestartRules.attempts})`,
    });
  }

  #pause(durationMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", finish);
        this.#closing.signal.removeEventListener("abort", finish);
        this.#hurry = () => undefined;
        if (signal.aborted || this.#closing.signal.aborted) reject(cancelled());
        else resolve();
      };
      const timer = setTimeout(finish, durationMs);
      signal.addEventListener("abort", finish, { once: true });
      this.#closing.signal.addEventListener("abort", finish, { once: true });
      this.#hurry = finish;
      if (signal.aborted) finish();
    });
  }
}

function restarted(attempt: number): Problem {
  return {
    id: "vm_restarted_itself",
    message: `QEMU ended unexpectedly and the VM was started again by itself (${attempt} of ${selfRestartRules.attempts}).`,
    hint: "Containers with a restart policy are up again; start others yourself. What QEMU said is in `berth logs qemu`.",
    severity: "note",
  };
}

function endedTooOften(): Problem {
  const { attempts, windowMs } = selfRestartRules;
  return {
    id: "vm_ended_too_often",
    message: `QEMU has ended unexpectedly more than ${attempts} times within ${windowMs / 60_000} minutes, so the VM is not started again by itself.`,
    hint: "Look at `berth logs qemu` and `berth logs serial`, then run `berth start`.",
    severity: "problem",
  };
}

const noSpaceToRestart: Problem = {
  id: "vm_not_restarted",
  message: "The VM is not started again by itself, because this computer's disk is full.",
  hint: "Free some space, then run `berth start`.",
  severity: "problem",
};

function endedAgain(): BerthError {
  const { id, message, hint } = endedTooOften();
  return new BerthError({ code: id, message, hint });
}
