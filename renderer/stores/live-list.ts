import type { Change } from "../../engine/contract/streams.ts";

/** A list that the engine keeps up to date. `unknown`: it cannot be seen now, which is not "empty". */
export interface ListState<T> {
  state: "loading" | "unknown" | "ready";
  items: readonly T[];
}

export const LOADING: ListState<never> = { state: "loading", items: [] };

/** The list after one change. Changes to a list that was never seen are dropped until its snapshot. */
export function applyChange<T extends { id: string }>(list: ListState<T>, change: Change<T>): ListState<T> {
  switch (change.kind) {
    case "snapshot":
      return { state: "ready", items: change.items };
    case "unknown":
      return { state: "unknown", items: [] };
    case "upsert": {
      if (list.state !== "ready") return list;
      const index = list.items.findIndex((item) => item.id === change.item.id);
      if (index === -1) return { state: "ready", items: [...list.items, change.item] };
      return { state: "ready", items: list.items.with(index, change.item) };
    }
    case "remove":
      if (list.state !== "ready") return list;
      return { state: "ready", items: list.items.filter((item) => item.id !== change.id) };
  }
}

/** The list after several changes, which cost little more than one. */
export function applyChanges<T extends { id: string }>(
  list: ListState<T>,
  changes: readonly Change<T>[],
): ListState<T> {
  if (changes.length === 1 && changes[0] !== undefined) return applyChange(list, changes[0]);
  let state = list.state;
  const items = new Map(list.items.map((item) => [item.id, item]));
  for (const change of changes) {
    if (change.kind === "snapshot" || change.kind === "unknown") {
      state = change.kind === "snapshot" ? "ready" : "unknown";
      items.clear();
      if (change.kind === "snapshot") for (const item of change.items) items.set(item.id, item);
    } else if (state === "ready") {
      if (change.kind === "upsert") items.set(change.item.id, change.item);
      else items.delete(change.id);
    }
  }
  return { state, items: [...items.values()] };
}
