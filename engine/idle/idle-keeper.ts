import { describeError, type Logger, type Machine } from "../vm.ts";
import type { IdleReport } from "../contract/index.ts";
import type { LiveSignal } from "../live/live-signal.ts";
import { decideIdle, type IdleDecision, type IdleFacts, type IdleRules } from "./decision.ts";
import type { Use } from "./use.ts";

/** What the keeper looks at and acts upon. */
export interface IdleSurroundings {
  machine: Pick<Machine, "snapshot" | "suspend">;
  use: Use;
  rules: () => IdleRules;
  /** Containers that run; null while that is not known. */
  runningContainers: () => number | null;
  /** Work of the engine that must not be interrupted, in words. */
  activities: () => string[];
  containerCpuPercent: () => Promise<number>;
  logger: Logger;
  /** Emitted when the report changed. */
  changed: LiveSignal;
}

/**
 * Suspends the VM when nothing has used it for long enough. Everything that matters calls `review`; between
 * those calls at most one timer waits for the time at which there is something to decide.
 */
export class IdleKeeper {
  readonly #around: IdleSurroundings;
  #onBattery = false;
  #locked = false;
  #timer: NodeJS.Timeout | null = null;
  #firesAt = 0;
  #decision: IdleDecision = { kind: "never", reason: "the VM does not run" };
  /** The reason told in the log last, so that each is told once. */
  #told = "";
  #last: IdleReport["last"] = null;
  /** Looking, or suspending: what is reviewed meanwhile is reviewed again afterwards. */
  #busy = false;
  #wasRunning = false;
  #closed = false;

  constructor(around: IdleSurroundings) {
    this.#around = around;
  }

  /** What the shell said of the computer. */
  setComputer(state: { onBattery?: boolean; locked?: boolean }): void {
    this.#onBattery = state.onBattery ?? this.#onBattery;
    this.#locked = state.locked ?? this.#locked;
    this.review();
  }

  /** To be called when anything changed that the decision rests on, but for mere use. */
  review(): void {
    if (this.#closed || this.#busy) return;
    const running = this.#around.machine.snapshot().state === "running";
    // However the VM came up: somebody wanted it.
    if (running && !this.#wasRunning) this.#around.use.touch();
    this.#wasRunning = running;
    this.#follow(decideIdle(this.#facts(null)));
  }

  /** When the VM will suspend, or why not, in words. */
  report(): IdleReport {
    const { enabled } = this.#around.rules();
    const decision = this.#closed ? this.#decision : decideIdle(this.#facts(null));
    const last = this.#last;
    switch (decision.kind) {
      case "wait":
        return { enabled, suspendAt: wallTime(decision.dueMs), reason: sentence(decision.reason), last };
      case "blocked":
        return { enabled, suspendAt: null, reason: `It stays awake: ${decision.reason}.`, last };
      case "never":
        return {
          enabled,
          suspendAt: null,
          reason: `It does not suspend by itself: ${decision.reason}.`,
          last,
        };
      case "look":
        return {
          enabled,
          suspendAt: null,
          reason: this.#stayed("It looks whether the containers are at work."),
          last,
        };
      case "suspend":
        return { enabled, suspendAt: wallTime(0), reason: "It suspends now.", last };
    }
  }

  close(): void {
    this.#closed = true;
    this.#disarm();
  }

  #stayed(otherwise: string): string {
    return this.#decision.kind === "blocked" ? `It stays awake: ${this.#decision.reason}.` : otherwise;
  }

  #follow(decision: IdleDecision): void {
    this.#decision = decision;
    switch (decision.kind) {
      case "never":
        this.#disarm();
        break;
      case "wait":
        this.#arm(decision.dueMs);
        break;
      case "blocked":
        // Nothing is told before it would have been time.
        if (decision.dueMs > 0) this.#arm(decision.dueMs);
        else this.#stay(decision.reason);
        break;
      case "look":
        this.#disarm();
        void this.#look();
        break;
      case "suspend":
        this.#disarm();
        void this.#suspend(decision.reason);
        break;
    }
    this.#around.changed.emit();
  }

  /** What the containers do is looked at once, when everything else says that it is time. */
  async #look(): Promise<void> {
    const { logger, use } = this.#around;
    this.#busy = true;
    let decision: IdleDecision;
    try {
      const percent = await this.#around.containerCpuPercent();
      decision = decideIdle(this.#facts(percent));
    } catch (error) {
      logger.warn("What the containers do could not be measured", { error: describeError(error) });
      decision = { kind: "blocked", reason: "it is not known what its containers do", dueMs: 0 };
    }
    this.#busy = false;
    if (this.#closed) return;
    if (decision.kind === "blocked") {
      // Work of containers is use: the time without use begins anew.
      this.#stay(decision.reason);
      use.touch();
      this.#decision = decision;
      const next = decideIdle(this.#facts(null));
      if (next.kind === "wait") this.#arm(next.dueMs);
      this.#around.changed.emit();
      return;
    }
    this.#follow(decision);
  }

  async #suspend(reason: string): Promise<void> {
    const { machine, logger, use, changed } = this.#around;
    logger.info(`Suspending the VM: ${reason}`);
    this.#told = "";
    this.#busy = true;
    try {
      await machine.suspend();
      this.#note("suspended", `Suspended: ${reason}.`);
    } catch (error) {
      logger.warn("The idle VM could not be suspended", { error: describeError(error) });
      this.#note("failed", `It was to suspend (${reason}), but that failed: ${message(error)}`);
      // Not again at once.
      use.touch();
    }
    this.#busy = false;
    this.review();
    changed.emit();
  }

  #stay(reason: string): void {
    this.#disarm();
    if (this.#told === reason) return;
    this.#told = reason;
    this.#around.logger.info(`Did not suspend the VM: ${reason}`);
    this.#note("stayed", `Did not suspend: ${reason}.`);
  }

  #note(outcome: "suspended" | "stayed" | "failed", reason: string): void {
    this.#last = { at: new Date().toISOString(), outcome, reason };
  }

  /** Use moves the time further away, never nearer: a timer that is set stays, and looks again when it fires. */
  #arm(dueMs: number): void {
    const firesAt = performance.now() + dueMs;
    if (this.#timer !== null && this.#firesAt <= firesAt) return;
    this.#disarm();
    this.#firesAt = firesAt;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.review();
    }, dueMs);
    this.#timer.unref();
  }

  #disarm(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #facts(containerCpuPercent: number | null): IdleFacts {
    const { machine, use, rules, runningContainers, activities } = this.#around;
    const { state, canSuspend } = machine.snapshot();
    return {
      state,
      canSuspend,
      rules: rules(),
      onBattery: this.#onBattery,
      locked: this.#locked,
      unusedMs: use.unusedMs,
      ongoing: [...use.ongoing, ...activities()],
      runningContainers: runningContainers(),
      containerCpuPercent,
    };
  }
}

/** In full seconds, so that looking twice does not make a difference. */
function wallTime(inMs: number): string {
  return new Date(Math.ceil((Date.now() + inMs) / 1000) * 1000).toISOString();
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : "for a reason in the engine's log.";
}
