import { describe, expect, it } from "vitest";
import { LiveList } from "../../../engine/live/live-list.ts";

interface Row {
  id: string;
  name: string;
}
const newList = () => new LiveList<Row>((row) => row.id);
const row = (id: string, name = id): Row => ({ id, name });

describe("following a live list", () => {
  it("tells unknown from empty", async () => {
    const list = newList();
    const changes = list.follow(new AbortController().signal);
    expect((await changes.next()).value).toEqual({ kind: "unknown" });
    list.reset([]);
    expect((await changes.next()).value).toEqual({ kind: "snapshot", items: [] });
    list.forget();
    expect((await changes.next()).value).toEqual({ kind: "unknown" });
  });

  it("tells a late reader the whole list, then each change", async () => {
    const list = newList();
    list.reset([row("a")]);
    const changes = list.follow(new AbortController().signal);
    expect((await changes.next()).value).toEqual({ kind: "snapshot", items: [row("a")] });
    list.upsert(row("b"));
    expect((await changes.next()).value).toEqual({ kind: "upsert", item: row("b") });
    list.remove("a");
    expect((await changes.next()).value).toEqual({ kind: "remove", id: "a" });
  });

  it("tells a slow reader the last state of each item only", async () => {
    const list = newList();
    list.reset([]);
    const changes = list.follow(new AbortController().signal);
    await changes.next();
    for (let count = 0; count < 1000; count += 1) list.upsert(row("a", `name ${count}`));
    list.upsert(row("b"));
    list.remove("b");
    expect((await changes.next()).value).toEqual({ kind: "upsert", item: row("a", "name 999") });
    expect((await changes.next()).value).toEqual({ kind: "remove", id: "b" });
  });

  it("after a full list tells only what differs", async () => {
    const list = newList();
    list.reset([row("a"), row("b")]);
    const changes = list.follow(new AbortController().signal);
    await changes.next();
    list.reset([row("b"), row("c")]);
    expect((await changes.next()).value).toEqual({ kind: "remove", id: "a" });
    expect((await changes.next()).value).toEqual({ kind: "upsert", item: row("c") });
  });

  it("ends when its reader leaves", async () => {
    const list = newList();
    const reader = new AbortController();
    const changes = list.follow(reader.signal);
    await changes.next();
    const waiting = changes.next();
    reader.abort();
    expect((await waiting).done).toBe(true);
  });
});
