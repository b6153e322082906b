import type { ContainerSummary } from "../../../engine/contract/index.ts";
import { byText } from "../../formats/text-order.ts";
import { holdsAll, wordsOf } from "../../formats/text-search.ts";
import { isAlive, since, stateOf } from "./container-state.ts";

export const STATE_FILTERS = ["all", "running", "paused", "stopped"] as const;
export type StateFilter = (typeof STATE_FILTERS)[number];
export const SORT_COLUMNS = [
  "name",
  "image",
  "project",
  "state",
  "ports",
  "cpu",
  "memory",
  "time",
  "created",
] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

export interface ListView {
  search: string;
  filter: StateFilter;
  sort: SortColumn;
  descending: boolean;
  /** What a container uses, for the columns that sort by it; unknown ones come last. */
  use?: (id: string) => { cpuPercent: number | null; memoryBytes: number } | undefined;
}

const STATE_ORDER: readonly ContainerSummary["state"][] = [
  "running",
  "restarting",
  "paused",
  "removing",
  "created",
  "exited",
  "dead",
];

/** The containers that a view shows, in its order; equal ones by name. */
export function viewOf(containers: readonly ContainerSummary[], view: ListView): ContainerSummary[] {
  const words = wordsOf(view.search);
  const shown = containers.filter(
    (container) => inFilter(container, view.filter) && holdsAll(words, () => haystack(container)),
  );
  const direction = view.descending ? -1 : 1;
  return shown.sort(
    (a, b) => direction * compare(a, b, view) || byText.compare(a.name, b.name) || (a.id < b.id ? -1 : 1),
  );
}

function inFilter(container: ContainerSummary, filter: StateFilter): boolean {
  if (filter === "all") return true;
  if (filter === "paused") return container.state === "paused";
  if (filter === "running") return isAlive(container) && container.state !== "paused";
  return !isAlive(container);
}

/** How many containers each filter would show. */
export function filterCounts(containers: readonly ContainerSummary[]): Record<StateFilter, number> {
  const counts: Record<StateFilter, number> = { all: 0, running: 0, paused: 0, stopped: 0 };
  for (const container of containers) {
    for (const filter of STATE_FILTERS) if (inFilter(container, filter)) counts[filter] += 1;
  }
  return counts;
}

function haystack(container: ContainerSummary): string {
  const ports = container.ports.map((port) => `${port.hostPort ?? ""}:${port.containerPort}`).join(" ");
  return [
    container.name,
    container.image,
    container.id.slice(0, 12),
    container.project ?? "",
    container.service ?? "",
    stateOf(container).word,
    container.health ?? "",
    ports,
  ].join("\n");
}

function compare(a: ContainerSummary, b: ContainerSummary, view: ListView): number {
  switch (view.sort) {
    case "name":
      return byText.compare(a.name, b.name);
    case "image":
      return byText.compare(a.image, b.image);
    case "state":
      return STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state);
    case "ports":
      return firstPort(a) - firstPort(b);
    case "project":
      // Those of no project come last.
      return byText.compare(a.project ?? "\uffff", b.project ?? "\uffff");
    case "cpu":
      return (view.use?.(b.id)?.cpuPercent ?? -1) - (view.use?.(a.id)?.cpuPercent ?? -1);
    case "memory":
      return (view.use?.(b.id)?.memoryBytes ?? -1) - (view.use?.(a.id)?.memoryBytes ?? -1);
    case "created":
      return Date.parse(b.createdAt) - Date.parse(a.createdAt);
    case "time":
      return timeRank(b) - timeRank(a);
  }
}

function firstPort({ ports }: ContainerSummary): number {
  return Math.min(...ports.map((port) => port.hostPort ?? 70_000), 80_000);
}

/** Living containers before ended ones, each by their moment. */
function timeRank(container: ContainerSummary): number {
  return since(container).at + (isAlive(container) ? 1e14 : 0);
}
