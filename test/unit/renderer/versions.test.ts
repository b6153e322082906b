import { describe, expect, it } from "vitest";
import type { Version } from "../../../engine/contract/index.ts";
import { graphOf, NOW, ROOT } from "../../../renderer/pages/containers/versions/version-graph.ts";
import {
  changeWords,
  suggestedFork,
  suggestedTag,
} from "../../../renderer/pages/containers/versions/version-words.ts";

function version(number: number, parent: number | null, current = false): Version {
  return {
    id: `v${number}`,
    number,
    parent: parent === null ? null : `v${parent}`,
    note: "",
    createdAt: "2026-11-22T08:00:00.000Z",
    image: "site:1",
    sizeBytes: 1,
    totalBytes: 2,
    changes: { added: 0, modified: 0, deleted: 0 },
    tags: [],
    usedBy: [],
    current,
  };
}

describe("graph of versions", () => {
  it("draws a straight line from the container down to its image", () => {
    const { rows, columns } = graphOf([version(1, null), version(2, 1, true)]);
    expect(columns).toBe(1);
    expect(rows.map(({ id }) => id)).toEqual([NOW, "v2", "v1", ROOT]);
    expect(rows.every(({ column, passes }) => column === 0 && passes.length === 0)).toBe(true);
    expect(rows.map(({ goesOn }) => goesOn)).toEqual([true, true, true, false]);
  });

  it("puts branches beside each other and joins them where they came from", () => {
    const { rows, columns } = graphOf([
      version(1, null),
      version(2, 1, true),
      version(3, 1),
      version(4, null),
    ]);
    const at = new Map(rows.map((row) => [row.id, row]));
    expect(columns).toBe(3);
    expect(at.get("v4")).toMatchObject({ column: 1, joins: [], passes: [0] });
    expect(at.get("v3")).toMatchObject({ column: 2, joins: [], passes: [0, 1] });
    expect(at.get("v2")).toMatchObject({ column: 0, joins: [0], passes: [1, 2] });
    expect(at.get("v1")).toMatchObject({ column: 0, joins: [0, 2], passes: [1] });
    expect(at.get(ROOT)).toMatchObject({ column: 0, joins: [0, 1], passes: [], goesOn: false });
  });

  it("leads a version whose parent is not known to the image", () => {
    const { rows } = graphOf([version(5, 4)]);
    expect(rows.find(({ id }) => id === ROOT)?.joins).toHaveLength(2);
  });
});

describe("words about versions", () => {
  it("says what changed, and nothing where nothing did", () => {
    expect(changeWords({ added: 0, modified: 0, deleted: 0 })).toBe("");
    expect(changeWords({ added: 1, modified: 0, deleted: 2 })).toBe("1 file added, 2 removed");
    expect(changeWords({ added: 0, modified: 3, deleted: 0 })).toBe("3 files changed");
  });

  it("suggests names that Docker takes", () => {
    expect(suggestedTag("Shop_API.1", version(3, null))).toBe("shop-api-1:v3");
    expect(suggestedTag("…", version(1, null))).toBe("container:v1");
    expect(suggestedFork("web", new Set(["web", "web-fork"]))).toBe("web-fork-2");
    expect(suggestedFork("<b>x", new Set())).toBe("b-x-fork");
  });
});
