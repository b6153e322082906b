import { readPreference, writePreference } from "../../stores/preferences.ts";
import type { SortColumn } from "./container-list.ts";

export type ColumnId = "state" | "image" | "project" | "ports" | "cpu" | "memory" | "time" | "created";

export interface Column {
  id: ColumnId;
  label: string;
  /** Track of the grid. */
  width: string;
  /** Pixels without which it is not worth showing. */
  leastPx: number;
  sort?: SortColumn;
}

/** What a list can show beside the name, in its order from left to right. */
export const COLUMNS: readonly Column[] = [
  { id: "state", label: "State", width: "minmax(148px, 0.9fr)", leastPx: 148, sort: "state" },
  { id: "image", label: "Image", width: "minmax(96px, 1.4fr)", leastPx: 110, sort: "image" },
  { id: "project", label: "Project", width: "minmax(72px, 0.8fr)", leastPx: 84, sort: "project" },
  { id: "ports", label: "Ports", width: "minmax(64px, 0.7fr)", leastPx: 72, sort: "ports" },
  { id: "cpu", label: "CPU", width: "112px", leastPx: 112, sort: "cpu" },
  { id: "memory", label: "Memory", width: "124px", leastPx: 124, sort: "memory" },
  { id: "time", label: "Up", width: "88px", leastPx: 88, sort: "time" },
  { id: "created", label: "Created", width: "104px", leastPx: 104, sort: "created" },
];

/** Which go first where there is no room for all. */
const DISPENSABLE: readonly ColumnId[] = [
  "created",
  "project",
  "image",
  "time",
  "memory",
  "ports",
  "cpu",
  "state",
];
const SHOWN_AT_FIRST: readonly ColumnId[] = ["state", "image", "ports", "cpu", "memory", "time"];

/** The name, the box, the actions and the gaps. */
const FIXED_PX = 16 + 150 + 60 + 2 * 24 + 3 * 12;
const GAP_PX = 12;

export function rememberedColumns(): ReadonlySet<ColumnId> {
  const remembered = readPreference("containers.columns")?.split(",");
  if (remembered === undefined) return new Set(SHOWN_AT_FIRST);
  return new Set(COLUMNS.map(({ id }) => id).filter((id) => remembered.includes(id)));
}

export function rememberColumns(chosen: ReadonlySet<ColumnId>): void {
  writePreference("containers.columns", [...chosen].join(","));
}

/** Of the chosen columns those for which a table of this width has room. */
export function fittingColumns(chosen: ReadonlySet<ColumnId>, widthPx: number): Column[] {
  const fitting = COLUMNS.filter(({ id }) => chosen.has(id));
  const needed = () => fitting.reduce((sum, { leastPx }) => sum + leastPx + GAP_PX, FIXED_PX);
  for (const id of DISPENSABLE) {
    if (needed() <= widthPx) break;
    const index = fitting.findIndex((column) => column.id === id);
    if (index !== -1) fitting.splice(index, 1);
  }
  return fitting;
}

/** The tracks of a row's grid. */
export function gridTracks(columns: readonly Column[]): string {
  return ["16px", "minmax(110px, 1.8fr)", ...columns.map(({ width }) => width), "60px"].join(" ");
}
