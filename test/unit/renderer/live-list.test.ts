import { describe, expect, it } from "vitest";
import type { Change } from "../../../engine/contract/index.ts";
import { applyChange, type ListState, LOADING } from "../../../renderer/stores/live-list.ts";

interface Item {
  id: string;
  text: string;
}

function after(...changes: Change<Item>[]): ListState<Item> {
  return changes.reduce<ListState<Item>>((list, change) => applyChange(list, change), LOADING);
}
const item = (id: string, text = id): Item => ({ id, text });
const snapshot: Change<Item> = { kind: "snapshot", items: [item("a"), item("b")] };

describe("a live list", () => {
  it("adds what is new, replaces what is known in its place, and removes", () => {
    const list = after(
      snapshot,
      { kind: "upsert", item: item("a", "changed") },
      { kind: "upsert", item: item("c") },
      { kind: "remove", id: "b" },
    );
    expect(list).toEqual({ state: "ready", items: [item("a", "changed"), item("c")] });
  });

  it("is unknown, not empty, while it cannot be seen", () => {
    expect(after(snapshot, { kind: "unknown" })).toEqual({ state: "unknown", items: [] });
    expect(after({ kind: "snapshot", items: [] })).toEqual({ state: "ready", items: [] });
  });

  it("waits for its snapshot before it believes single changes", () => {
    expect(after({ kind: "upsert", item: item("a") })).toEqual(LOADING);
    expect(after(snapshot, { kind: "unknown" }, { kind: "upsert", item: item("a") }).state).toBe("unknown");
  });
});
