import type { Phase } from "../../../engine/contract/index.ts";
import { phaseWord } from "../../app/vm-words.ts";

/** One stretch of the start, drawn as a bar whose width is its time. */
export interface Segment {
  word: string;
  ms: number;
  /** 0 to 1 of the whole. */
  share: number;
  running: boolean;
}

/**
 * The start as stretches of time. Each phase comes with the time at which it was reached, counted from the
 * request, so that a stretch lasts from the one before. Phases of one word are joined; the running one ends now.
 */
export function bootSegments(
  phases: readonly Phase[],
  currentPhase: string | null,
  elapsedMs: number,
): readonly Segment[] {
  const stretches: { word: string; ms: number; running: boolean }[] = [];
  const add = (name: string, ms: number, running: boolean): void => {
    const word = phaseWord(name);
    const last = stretches.at(-1);
    if (last !== undefined && last.word === word) {
      last.ms += ms;
      last.running ||= running;
    } else {
      stretches.push({ word, ms, running });
    }
  };
  let reachedMs = 0;
  for (const phase of phases) {
    add(phase.name, Math.max(0, phase.ms - reachedMs), false);
    reachedMs = Math.max(reachedMs, phase.ms);
  }
  if (currentPhase !== null) add(currentPhase, Math.max(0, elapsedMs - reachedMs), true);
  const total = stretches.reduce((sum, stretch) => sum + stretch.ms, 0);
  return stretches.map((stretch) => ({ ...stretch, share: total === 0 ? 0 : stretch.ms / total }));
}
