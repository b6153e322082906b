import { describe, expect, it } from "vitest";
import type { ImageSummary, LineageNode } from "../../../engine/contract/index.ts";
import { chainIds, type StoredImage } from "../../../engine/images/catalogue.ts";
import { parseLayerStore } from "../../../engine/images/layer-store.ts";
import { lineageOf } from "../../../engine/images/lineage.ts";
import { planRemoval, prunable } from "../../../engine/images/removal.ts";
import { instruction } from "../../../renderer/pages/images/instruction.ts";
import { layOut, NODE, nodeName } from "../../../renderer/pages/images/lineage-layout.ts";

function stored(id: string, layers: string, more: Partial<StoredImage> = {}): StoredImage {
  const chain = Array.from({ length: layers.length }, (_, at) => layers.slice(0, at + 1));
  return { id, tags: [`${id}:1`], digests: [], parent: "", chain, sizeBytes: layers.length, ...more };
}

function summary(id: string, tags = [`${id}:1`]): ImageSummary {
  const createdAt = new Date(0).toISOString();
  return { id, tags, digests: [], createdAt, sizeBytes: 1, sharedBytes: null, usedBy: [] };
}

describe("lineage by layers", () => {
  const sizes = new Map(["a", "ab", "abc", "abd", "x"].map((layer, at) => [layer, 10 ** at]));

  it("hangs an image on the longest stack that another one is, or that several share", () => {
    const nodes = lineageOf(
      [stored("c", "abc"), stored("d", "abd"), stored("a", "a"), stored("alone", "x")],
      sizes,
    );
    expect(nodes.map(({ id, parent, images, addedBytes }) => ({ id, parent, images, addedBytes }))).toEqual([
      { id: "a", parent: null, images: ["a"], addedBytes: 1 },
      { id: "ab", parent: "a", images: [], addedBytes: 10 },
      { id: "abc", parent: "ab", images: ["c"], addedBytes: 100 },
      { id: "abd", parent: "ab", images: ["d"], addedBytes: 1000 },
      { id: "x", parent: null, images: ["alone"], addedBytes: 10_000 },
    ]);
  });

  it("keeps images of the same layers, and of none", () => {
    const nodes = lineageOf([stored("one", "a"), stored("two", "a"), stored("none", "")], sizes);
    expect(nodes.map(({ images }) => images)).toEqual([["one", "two"], ["none"]]);
  });

  it("names layers as Docker does", () => {
    const [first = "", second = ""] = chainIds([`sha256:${"1".repeat(64)}`, `sha256:${"2".repeat(64)}`]);
    expect(first).toBe(`sha256:${"1".repeat(64)}`);
    expect(second).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it("is drawn without overlaps, however deep or many", () => {
    const node = (id: string, parent: string | null): LineageNode => ({
      id,
      parent,
      images: [id],
      layerCount: 1,
      addedBytes: 1,
    });
    const deep = Array.from({ length: 2000 }, (_, at) => node(`d${at}`, at === 0 ? null : `d${at - 1}`));
    const many = Array.from({ length: 2000 }, (_, at) => node(`m${at}`, at < 20 ? null : `m${at % 20}`));
    const all = [...deep, ...many];
    const { nodes } = layOut(all, new Map(all.map(({ id }) => [id, summary(id)])));
    expect(new Set(nodes.map(({ x, y }) => `${x},${y}`)).size).toBe(4000);
    for (const one of nodes) {
      expect(one.parent === null || one.x - one.parent.x === NODE.width + NODE.columnGap).toBe(true);
    }
    expect(nodes[0] && nodeName(nodes[0])).toBe("d0:1");
  });
});

describe("removal", () => {
  const layers = {
    sizes: new Map([
      ["a", 1],
      ["ab", 10],
      ["abc", 100],
      ["abd", 1000],
    ]),
    mounted: new Set<string>(),
  };
  const images = [stored("base", "ab"), stored("c", "abc"), stored("d", "abd", { tags: [] })];
  const facts = { images, used: new Set<string>(), layers, cachedSizes: [] };

  it("counts a layer only when nobody else has it", () => {
    expect(planRemoval(["base"], facts).freedBytes).toBe(0);
    expect(planRemoval(["c"], facts).freedBytes).toBe(100);
    expect(planRemoval(["base", "c", "d"], facts).freedBytes).toBe(1111);
    expect(
      planRemoval(["c"], { ...facts, layers: { ...layers, mounted: new Set(["a", "ab", "abc"]) } })
        .freedBytes,
    ).toBe(0);
    expect(planRemoval(["c", "d"], { ...facts, cachedSizes: [100, 5] })).toMatchObject({
      freedBytes: 1000,
      heldByCacheBytes: 100,
    });
  });

  it("takes untagged parents along, once nothing else stands on them", () => {
    const family = [
      stored("p", "a", { tags: [] }),
      stored("q", "ab", { tags: [], parent: "p" }),
      stored("r", "abc", { parent: "q" }),
    ];
    expect(planRemoval(["r"], { ...facts, images: family }).images.map(({ id }) => id)).toEqual([
      "p",
      "q",
      "r",
    ]);
    expect(prunable(false, { images: family, used: new Set() })).toEqual([]);
    expect(prunable(true, { images: family, used: new Set(["r"]) })).toEqual([]);
    expect(prunable(true, { images: family, used: new Set() }).map(({ id }) => id)).toEqual(["r"]);
  });

  it("reads Docker's table of layers", () => {
    const text = [
      "/var/lib/docker/image/overlay2/layerdb/sha256/aa/size:12",
      "/var/lib/docker/image/overlay2/layerdb/sha256/bb/size:34",
      "/var/lib/docker/image/overlay2/layerdb/sha256/bb/parent:sha256:aa",
      "/var/lib/docker/image/overlay2/layerdb/mounts/c1/parent:sha256:bb",
    ].join("\n");
    const store = parseLayerStore(text);
    expect([...store.sizes]).toEqual([
      ["sha256:aa", 12],
      ["sha256:bb", 34],
    ]);
    expect(store.mounted).toEqual(new Set(["sha256:bb", "sha256:aa"]));
  });
});

describe("a line of an image's history", () => {
  const of = (createdBy: string) =>
    instruction({ createdBy, comment: "", createdAt: null, sizeBytes: 0, tags: [] });

  it.each([
    ['/bin/sh -c #(nop)  CMD ["sh"]', "CMD", '["sh"]'],
    ["RUN /bin/sh -c apt-get update # buildkit", "RUN", "apt-get update"],
    ["RUN |1 A=b /bin/sh -c make # buildkit", "RUN", "make"],
    ["/bin/sh -c echo hi", "RUN", "echo hi"],
    ["COPY a /b # buildkit", "COPY", "a /b"],
    ["mmdebstrap", "", "mmdebstrap"],
  ])("%s is shown as it was written", (createdBy, word, rest) => {
    expect(of(createdBy)).toEqual({ word, rest });
  });
});
