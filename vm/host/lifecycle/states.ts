import { BerthError } from "../errors.ts";
import type { VmState } from "../types.ts";

/**
 * Every step the machine can take, drawn in docs/vm.md. `stopped` is also reached when QEMU ends unasked;
 * `broken` when a transition fails in a way that needs a person.
 */
const steps: Record<VmState, readonly VmState[]> = {
  absent: ["creating"],
  creating: ["stopped", "absent", "broken"],
  stopped: ["starting", "stopping", "broken"],
  starting: ["running", "stopping", "stopped", "broken"],
  running: ["paused", "suspending", "stopping", "stopped", "broken"],
  paused: ["running", "suspending", "stopping", "stopped", "broken"],
  suspending: ["suspended", "running", "stopped", "broken"],
  suspended: ["resuming", "starting", "stopping", "broken"],
  resuming: ["running", "suspended", "starting", "stopping", "stopped", "broken"],
  stopping: ["stopped", "absent", "broken"],
  broken: ["creating", "starting", "resuming", "stopping", "stopped"],
};

/** States in which a transition is under way. */
const moving: ReadonlySet<VmState> = new Set([
  "creating",
  "starting",
  "suspending",
  "resuming",
  "stopping",
] satisfies VmState[]);

export function canStep(from: VmState, to: VmState): boolean {
  return from === to || steps[from].includes(to);
}

export function isMoving(state: VmState): boolean {
  return moving.has(state);
}

/** All steps, for tests and documentation. */
export function allSteps(): [VmState, VmState][] {
  return (Object.keys(steps) as VmState[]).flatMap((from) =>
    steps[from].map((to): [VmState, VmState] => [from, to]),
  );
}

/** The answer to a request that makes no sense in a state. */
export function notPossible(request: string, state: VmState): BerthError {
  return new BerthError({
    code: "wrong_state",
    message: `The VM cannot ${request} while it is ${state}.`,
    hint:
      state === "broken"
        ? "See what is wrong with `berth status`, then `berth start`."
        : "Run `berth start` first.",
  });
}
