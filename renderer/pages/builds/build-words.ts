import type { BuildStep, BuildSummary } from "../../../engine/contract/index.ts";
import { count, formatSeconds } from "../../formats/quantity.ts";

type Shape = "running" | "stopped" | "working" | "broken";

export const buildStates: Record<BuildSummary["state"], { shape: Shape; word: string }> = {
  running: { shape: "working", word: "Building" },
  done: { shape: "running", word: "Built" },
  failed: { shape: "broken", word: "Failed" },
  cancelled: { shape: "stopped", word: "Cancelled" },
};

export const stepStates: Record<BuildStep["state"], { shape: Shape; word: string }> = {
  waiting: { shape: "stopped", word: "Waiting" },
  running: { shape: "working", word: "Running" },
  done: { shape: "running", word: "Done" },
  cached: { shape: "running", word: "From the cache" },
  failed: { shape: "broken", word: "Failed" },
  cancelled: { shape: "stopped", word: "Cancelled" },
};

/** How long a build took, or takes so far. */
export function buildTime({ startedAt, endedAt }: BuildSummary, nowMs: number): string {
  return formatSeconds((endedAt === null ? nowMs : Date.parse(endedAt)) - Date.parse(startedAt));
}

/** "12 steps, 8 from the cache". */
export function stepCounts({ steps, cachedSteps }: BuildSummary): string {
  const cached = cachedSteps === 0 ? "" : `, ${cachedSteps} from the cache`;
  return `${count(steps, "step")}${cached}`;
}

/** Preparations of BuildKit that nobody asked for; shown only when they fail or take long. */
export function isPreparation({ name }: BuildStep): boolean {
  return name.startsWith("[internal]");
}
