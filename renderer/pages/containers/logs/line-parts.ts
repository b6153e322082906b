import { hitsOf } from "../text-matches.ts";
import type { StyleRun, TextStyle } from "./ansi.ts";

export interface LinePart {
  text: string;
  style: TextStyle | null;
  /** It is what was searched for. */
  hit: boolean;
}

/** A line in parts that each have one style and are either found or not. Letters match in either case. */
export function lineParts(text: string, runs: readonly StyleRun[] | null, query: string): LinePart[] {
  const hits = hitsOf(text, query);
  if (runs === null && hits.length === 0) return [{ text, style: null, hit: false }];
  const cuts = new Set([0, text.length, ...hits.flat(), ...(runs ?? []).map((run) => run.start)]);
  const places = [...cuts].filter((place) => place <= text.length).sort((a, b) => a - b);
  return places.slice(0, -1).map((start, index) => ({
    text: text.slice(start, places[index + 1]),
    style: runs?.findLast((run) => run.start <= start)?.style ?? null,
    hit: hits.some(([from, to]) => start >= from && start < to),
  }));
}
