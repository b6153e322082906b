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

function hitsOf(text: string, query: string): [number, number][] {
  if (query === "") return [];
  const [haystack, needle] = [text.toLowerCase(), query.toLowerCase()];
  const hits: [number, number][] = [];
  // Lower case can be longer than the text it stands for; then places would not fit.
  if (haystack.length !== text.length) return hits;
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + needle.length)) {
    hits.push([at, at + needle.length]);
  }
  return hits;
}
