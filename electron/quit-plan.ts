import type { Settings, VmState } from "../engine/contract/index.ts";

export type QuitChoice = "suspend" | "stop" | "keep";

/** What quitting does: lets the engine run on, ends it once the VM is put to rest, or asks first. */
export type QuitPlan = { kind: "leave" } | { kind: "end"; vm: QuitChoice } | { kind: "ask" };

const resting: ReadonlySet<VmState> = new Set(["absent", "stopped", "suspended", "broken"]);

/**
 * Decides how to quit. A VM at rest leaves nothing to choose: its engine ends; one on its way to rest goes
 * on. Without a person to ask (a signal) "ask" means suspend. When the computer itself ends, nothing can be
 * kept running: what would be cut off is suspended.
 */
export function planQuit(
  setting: Settings["app.quit"],
  state: VmState | null,
  interactive: boolean,
  computerEnds = false,
): QuitPlan {
  if (state === null || (setting === "keep" && !computerEnds)) return { kind: "leave" };
  if (resting.has(state)) return { kind: "end", vm: "keep" };
  if (setting !== "ask" && setting !== "keep") return { kind: "end", vm: setting };
  if (state === "stopping") return { kind: "end", vm: "stop" };
  if (state === "suspending" || !interactive || computerEnds) return { kind: "end", vm: "suspend" };
  return { kind: "ask" };
}
