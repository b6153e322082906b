/** A line of a tree of JSON values. */
export interface TreeRow {
  /** Names and places from the root, joined so that no two rows have the same. */
  id: string;
  depth: number;
  name: string;
  /** What stands beside the name: a value, or how much is inside. */
  text: string;
  /** Can be unfolded. */
  branch: boolean;
  open: boolean;
  value: unknown;
}

const SEPARATOR = "\u001f";
/** Unfolded from the beginning, because they are what people look for. */
const OPEN_AT_FIRST = new Set(["", "State", "Config", "NetworkSettings", "HostConfig"]);

export function openAtFirst(): ReadonlySet<string> {
  return OPEN_AT_FIRST;
}

/**
 * The rows of a tree that are in sight: those of unfolded branches or, while something is searched, every row
 * that has it in its name or value, with the branches that lead there.
 */
export function treeRows(root: unknown, open: ReadonlySet<string>, query: string): TreeRow[] {
  const rows: TreeRow[] = [];
  const wanted = query.toLowerCase();
  for (const [name, value] of entriesOf(root))
    addRows(rows, { id: name, depth: 0, name, value }, open, wanted);
  return rows;
}

interface Place {
  id: string;
  depth: number;
  name: string;
  value: unknown;
}

/** Adds a value's rows; answers whether there were any. */
function addRows(rows: TreeRow[], place: Place, open: ReadonlySet<string>, wanted: string): boolean {
  const { id, depth, name, value } = place;
  const inside = entriesOf(value);
  const branch = inside.length > 0;
  const text = describe(value, inside.length);
  const searching = wanted !== "";
  const here = name.toLowerCase().includes(wanted) || (!branch && text.toLowerCase().includes(wanted));
  const row: TreeRow = { id, depth, name, text, branch, open: branch && (searching || open.has(id)), value };
  const start = rows.length;
  rows.push(row);
  let found = here;
  if (row.open) {
    for (const [inner, item] of inside) {
      // What matches itself shows everything in it.
      const innerWanted = here && searching ? "" : wanted;
      const innerOpen = here && searching ? ALL : open;
      const at = { id: `${id}${SEPARATOR}${inner}`, depth: depth + 1, name: inner, value: item };
      found = addRows(rows, at, innerOpen, innerWanted) || found;
    }
  }
  if (searching && !found) rows.length = start;
  return found;
}

const ALL: ReadonlySet<string> = new (class extends Set<string> {
  override has(): boolean {
    return true;
  }
})();

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

function describe(value: unknown, inside: number): string {
  if (Array.isArray(value)) return inside === 0 ? "[]" : `${inside} ${inside === 1 ? "item" : "items"}`;
  if (typeof value === "object" && value !== null) {
    return inside === 0 ? "{}" : `${inside} ${inside === 1 ? "field" : "fields"}`;
  }
  return JSON.stringify(value);
}
