import type { PowerReport, VmState } from "../../../engine/contract/index.ts";

/** Whether and when the VM suspends by itself, in a sentence or two; null where there is nothing to say. */
export function idleWords(state: VmState, { idle }: PowerReport, now: Date): string | null {
  if (state === "suspended") {
    return idle.last?.outcome === "suspended" ? `${idle.last.reason} ${when(idle.last.at, now)}` : null;
  }
  if (state !== "running") return null;
  if (idle.suspendAt !== null) return `${idle.reason} At ${clock(idle.suspendAt)} at the earliest.`;
  return idle.reason;
}

function when(iso: string, now: Date): string {
  const at = new Date(iso);
  const sameDay = at.toDateString() === now.toDateString();
  return sameDay ? `At ${clock(iso)}.` : `On ${at.toLocaleDateString()} at ${clock(iso)}.`;
}

/** The time of day here, as in 14:05. */
function clock(iso: string): string {
  const at = new Date(iso);
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}
