import type { Settings, VmState } from "../engine/contract/index.ts";

export type QuitChoice = "suspend" | "stop" | "keep";

/** What quitting does: lets the engine run on, ends it once the VM is put to rest, or asks first. */
export type QuitPlan = { kind: "leave" } | { kind: "end"; vm: QuitChoice } | { kind: "ask" };

const resting: ReadonlySet<VmState> = new Set(["absent", "stopped", "suspended", "broken"]);

/**
 * Decides how to quit. A VM at rest leaves nothing to choose: its engine ends; one on its way to rest goes
 * on. Without a person to ask (a signal, the system shutting down) "ask" means suspend.
 */
export function planQuit(
  setting: Settings["app.quit"],
  state: VmState | null,
  interactive: boolean,
): QuitPlan {
  if (state === null || setting === "keep") return { kind: "leave" };
  if (resting.has(state)) return { kind: "end", vm: "keep" };
  if (setting !== "ask") return { kind: "end", vm: setting };
  if (state === "stopping") return { kind: "end", vm: "stop" };
  if (state === "suspending" || !interactive) return { kind: "end", vm: "suspend" };
  return { kind: "ask" };
}
