import type { MachineRunState } from "../driver/driver.ts";
import type { VmState } from "../types.ts";

/** What is found when an engine comes up. */
export interface Findings {
  /** State in the journal; null when it is missing or damaged. */
  journal: VmState | null;
  /** The machine's process: its run state, none, or there but not to be talked to. */
  process: MachineRunState | "none" | "unusable";
  savedState: "valid" | "none" | "unusable";
  diskExists: boolean;
}

/** What to do about it. */
export type Recovery =
  /** No process: this is the state. `unexpected`: the process ended without being asked to. */
  | { kind: "settle"; state: "absent" | "stopped" | "suspended" | "broken"; unexpected: boolean }
  /** A process runs as it should: take it over as it is. */
  | { kind: "adopt"; state: "running" | "paused" }
  /** It was on its way up: wait for the rest of it. */
  | { kind: "finish-start" }
  | { kind: "finish-suspend" }
  | { kind: "rollback-suspend" }
  | { kind: "finish-resume" }
  | { kind: "rollback-resume" }
  | { kind: "finish-stop" }
  | { kind: "broken-process" };

/** Decides from the findings alone, so that every combination can be tested. */
export function decideRecovery(found: Findings): Recovery {
  switch (found.process) {
    case "none":
    case "ended":
      return settle(found);
    case "unusable":
    case "failed":
      return { kind: "broken-process" };
    case "loading":
      return { kind: "rollback-resume" };
    case "saved":
      if (found.journal === "stopping") return { kind: "finish-stop" };
      return found.savedState === "valid" ? { kind: "finish-suspend" } : { kind: "rollback-suspend" };
    case "halted":
      return { kind: "adopt", state: "running" };
    case "paused":
      return decidePaused(found);
    case "running":
      return decideRunning(found.journal);
  }
}

function decidePaused({ journal, savedState }: Findings): Recovery {
  switch (journal) {
    case "suspending":
      return savedState === "valid" ? { kind: "finish-suspend" } : { kind: "rollback-suspend" };
    case "resuming":
    case "suspended":
      return { kind: "finish-resume" };
    case "stopping":
      return { kind: "finish-stop" };
    case "starting":
      // Only a warm start stands still: nothing has run, it can be begun anew.
      return { kind: "rollback-resume" };
    default:
      return { kind: "adopt", state: "paused" };
  }
}

function decideRunning(journal: VmState | null): Recovery {
  switch (journal) {
    case "starting":
    case "creating":
      return { kind: "finish-start" };
    case "stopping":
      return { kind: "finish-stop" };
    default:
      return { kind: "adopt", state: "running" };
  }
}

function settle({ journal, savedState, diskExists }: Findings): Recovery {
  const unexpected = journal !== null && expectsProcess.has(journal);
  if (savedState === "valid") return { kind: "settle", state: "suspended", unexpected: false };
  if (journal === "broken") return { kind: "settle", state: "broken", unexpected: false };
  if (!diskExists) return { kind: "settle", state: "absent", unexpected };
  return { kind: "settle", state: "stopped", unexpected };
}

const expectsProcess: ReadonlySet<VmState> = new Set([
  "starting",
  "running",
  "paused",
  "suspending",
  "resuming",
] satisfies VmState[]);
