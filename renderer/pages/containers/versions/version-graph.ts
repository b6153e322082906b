import type { Version } from "../../../../engine/contract/index.ts";

/** What the graph stands on: the image that the first version was made of. */
export const ROOT = "image";
/** What the container is at this moment, on top of the version (or the image) that it runs from. */
export const NOW = "now";

/** A dot of the graph and the lines that cross its row; columns count from 0. */
export interface GraphRow {
  id: string;
  column: number;
  /** Columns of lines that come in from above and end at the dot; empty where nothing builds on it. */
  joins: readonly number[];
  /** Columns of lines that go past. */
  passes: readonly number[];
  /** A line goes on below the dot. */
  goesOn: boolean;
}

interface Graph {
  rows: readonly GraphRow[];
  columns: number;
}

/**
 * Lays out versions from the newest at the top to the image at the bottom, each above what it came from. The first
 * line is that of the container itself.
 */
export function graphOf(versions: readonly Version[]): Graph {
  const known = new Set(versions.map(({ id }) => id));
  const base = versions.find(({ current }) => current)?.id ?? ROOT;
  const dots: { id: string; parent: string | null }[] = [
    { id: NOW, parent: base },
    ...versions.toReversed().map(({ id, parent }) => ({
      id,
      parent: parent !== null && known.has(parent) ? parent : ROOT,
    })),
    { id: ROOT, parent: null },
  ];
  /** What each column's line leads down to; null where there is none. */
  const lines: (string | null)[] = [];
  const rows = dots.map(({ id, parent }): GraphRow => {
    const joins = lines.flatMap((to, column) => (to === id ? [column] : []));
    const free = lines.indexOf(null);
    const column = joins[0] ?? (free === -1 ? lines.length : free);
    const passes = lines.flatMap((to, at) => (to !== null && to !== id ? [at] : []));
    for (const at of joins) lines[at] = null;
    lines[column] = parent;
    return { id, column, joins, passes, goesOn: parent !== null };
  });
  return { rows, columns: Math.max(1, lines.length) };
}
