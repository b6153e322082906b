import { readStream } from "../engine/contract/index.ts";
import type { BerthClient, Phase, Status, VmState } from "../engine/contract/index.ts";
import type { ProgressDisplay } from "./output.ts";
import { escapeText, formatBytes, formatSeconds } from "./text.ts";

const stateWords: Partial<Record<VmState, string>> = {
  creating: "Creating the VM",
  starting: "Starting the VM",
  suspending: "Saving the VM to disk",
  resuming: "Resuming the VM",
  stopping: "Stopping containers and the VM",
};

/** Shows the phases of a start, and the states of other transitions, as they happen. */
export class StatusProgress {
  readonly #display: ProgressDisplay;
  #state: VmState;
  readonly #shownPhases = new Set<string>();
  /** Those of the start before: they stay in the status until the first of the new ones is reached. */
  #earlierPhases: Phase[];
  #closed = false;

  constructor(display: ProgressDisplay, now: Status) {
    this.#display = display;
    this.#state = now.state;
    this.#earlierPhases = isStart(now.state) ? [] : now.phases;
    this.#showTransition(now);
  }

  /** Follows the engine's status until the connection ends. What goes wrong here, the transition tells. */
  watch(client: BerthClient): void {
    const read = async () => {
      for await (const status of readStream(client, client.vm.watch())) this.show(status);
    };
    read().catch(() => undefined);
  }

  /** Shows what is new in `status`. */
  show(status: Status): void {
    if (this.#closed) return;
    const wasStarting = isStart(this.#state);
    if (status.state !== this.#state) {
      this.#state = status.state;
      if (!wasStarting) this.#shownPhases.clear();
      this.#showTransition(status);
    }
    if (!wasStarting && !isStart(status.state)) {
      this.#earlierPhases = status.phases;
      if (status.progress !== null) this.#display.update(transitionText(status));
      return;
    }
    for (const phase of status.phases) {
      // Reports from inside the guest may come late, so that a new phase is not always the last.
      if (this.#shownPhases.has(phase.name) || this.#isEarlier(phase)) continue;
      this.#shownPhases.add(phase.name);
      this.#display.finished(`  ${formatSeconds(phase.ms).padStart(8)}  ${escapeText(phase.name)}`);
    }
    if (status.currentPhase !== null) this.#display.update(transitionText(status));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#display.close();
  }

  #isEarlier({ name, ms }: Phase): boolean {
    return this.#earlierPhases.some((earlier) => earlier.name === name && earlier.ms === ms);
  }

  #showTransition(status: Status): void {
    const words = stateWords[status.state];
    if (words === undefined) return;
    this.#display.finished(words);
    this.#display.update(transitionText(status));
  }
}

/** How the VM came up: `The VM is running: cold start in 12.3 s.` */
export function describeStart(status: Status): string {
  const kind = status.lastStart === "resumed" ? "resumed" : `${status.lastStart ?? "cold"} start`;
  const ms = startMs(status);
  return ms === null ? "The VM is running." : `The VM is running: ${kind} in ${formatSeconds(ms)}.`;
}

/** How long the last start took, or null before the first. */
export function startMs(status: Status): number | null {
  return status.phases.length === 0 ? null : Math.max(...status.phases.map((phase) => phase.ms));
}

function isStart(state: VmState): boolean {
  return state === "creating" || state === "starting" || state === "resuming";
}

function transitionText(status: Status): string {
  const words = stateWords[status.state] ?? "";
  if (status.progress !== null) {
    const { doneBytes, totalBytes } = status.progress;
    return `${words}: ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`;
  }
  return status.currentPhase === null ? words : `${words}: ${escapeText(status.currentPhase)}`;
}
