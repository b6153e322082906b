import type { App, AppService } from "../../../engine/contract/index.ts";
import { byText } from "../../formats/text-order.ts";
import { holdsAll, wordsOf } from "../../formats/text-search.ts";
import { isAlive, lookOf } from "./app-state.ts";

export const STATE_FILTERS = ["all", "running", "stopped", "attention"] as const;
export type StateFilter = (typeof STATE_FILTERS)[number];
export const SORT_COLUMNS = ["name", "state", "ports", "time"] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

export interface ListView {
  search: string;
  filter: StateFilter;
  sort: SortColumn;
  descending: boolean;
}

/** One row of the tree: an app, or a service of an app that is unfolded. */
export type Row =
  | { kind: "app"; id: string; app: App; open: boolean }
  | { kind: "service"; id: string; app: App; service: AppService };

const stateOrder: readonly App["state"][] = ["failed", "partial", "running", "paused", "stopped", "absent"];

/** The apps that a view shows, in its order; equal ones by name. */
export function viewOf(apps: readonly App[], view: ListView): App[] {
  const words = wordsOf(view.search);
  const shown = apps.filter((app) => inFilter(app, view.filter) && holdsAll(words, () => haystack(app)));
  const direction = view.descending ? -1 : 1;
  return shown.sort(
    (a, b) =>
      direction * compare(a, b, view.sort) || byText.compare(a.name, b.name) || (a.id < b.id ? -1 : 1),
  );
}

/** The rows to draw. A search that only a service fits unfolds its app. */
export function rowsOf(apps: readonly App[], unfolded: ReadonlySet<string>, search: string): Row[] {
  const words = wordsOf(search);
  return apps.flatMap((app): Row[] => {
    if (app.kind === "container") return [{ kind: "app", id: app.id, app, open: false }];
    const inside = !holdsAll(words, () => app.name);
    const open = unfolded.has(app.id) || inside;
    const row: Row = { kind: "app", id: app.id, app, open };
    if (!open) return [row];
    const services = app.services.map((service): Row => ({
      kind: "service",
      id: `${app.id}/${service.name}`,
      app,
      service,
    }));
    return [row, ...services];
  });
}

function inFilter(app: App, filter: StateFilter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "running":
      return isAlive(app);
    case "stopped":
      return !isAlive(app);
    case "attention":
      return needsAttention(app);
  }
}

/** Whether somebody should look at it: it failed, is unhealthy, or something was cut short. */
function needsAttention(app: App): boolean {
  return (
    app.state === "failed" || app.state === "partial" || app.health === "unhealthy" || app.problem !== null
  );
}

/** How many apps each filter would show. */
export function filterCounts(apps: readonly App[]): Record<StateFilter, number> {
  const counts: Record<StateFilter, number> = { all: 0, running: 0, stopped: 0, attention: 0 };
  for (const app of apps) for (const filter of STATE_FILTERS) if (inFilter(app, filter)) counts[filter] += 1;
  return counts;
}

function haystack(app: App): string {
  return [
    app.name,
    lookOf(app).word,
    app.health ?? "",
    app.template?.title ?? "",
    app.source.folder ?? "",
    ...app.services.flatMap((service) => [service.name, service.image ?? ""]),
    ...app.ports.map((port) => `${port.hostPort}:${port.containerPort}`),
  ].join("\n");
}

function compare(a: App, b: App, column: SortColumn): number {
  switch (column) {
    case "name":
      return byText.compare(a.name, b.name);
    case "state":
      return stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state);
    case "ports":
      return (a.ports[0]?.hostPort ?? 70_000) - (b.ports[0]?.hostPort ?? 70_000);
    case "time":
      return Date.parse(b.startedAt ?? "1970-01-01") - Date.parse(a.startedAt ?? "1970-01-01");
  }
}
