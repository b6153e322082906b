import type { ImageSummary, LineageNode } from "../../../engine/contract/index.ts";
import { byText } from "../../formats/text-order.ts";

/** A node of the picture; positions in pixels. */
export interface PlacedNode {
  node: LineageNode;
  /** Empty for layers that several images share without one of them being just those. */
  images: readonly ImageSummary[];
  x: number;
  y: number;
  depth: number;
  parent: PlacedNode | null;
  children: PlacedNode[];
}

export interface Lineage {
  /** From top to bottom, each parent before its children. */
  nodes: readonly PlacedNode[];
  width: number;
  height: number;
}

export const NODE = { width: 216, height: 44, columnGap: 40, rowGap: 12, margin: 20 };

/** Places the tree from left to right: what builds on something stands to its right, the first at its height. */
export function layOut(nodes: readonly LineageNode[], images: ReadonlyMap<string, ImageSummary>): Lineage {
  const placed = new Map<string, PlacedNode>();
  for (const node of nodes) {
    const here = node.images.flatMap((id) => images.get(id) ?? []);
    placed.set(node.id, { node, images: here, x: 0, y: 0, depth: 0, parent: null, children: [] });
  }
  const roots: PlacedNode[] = [];
  for (const one of placed.values()) {
    one.parent = placed.get(one.node.parent ?? "") ?? null;
    (one.parent?.children ?? roots).push(one);
  }
  const ordered: PlacedNode[] = [];
  let row = 0;
  // A stack of its own: chains of commits are deeper than calls may be.
  const waiting = sorted(roots).reverse();
  let last: PlacedNode | null = null;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    next.depth = next.parent === null ? 0 : next.parent.depth + 1;
    // The first child continues its parent's line; every other begins a new one.
    if (last !== null && last !== next.parent) row += 1;
    next.x = NODE.margin + next.depth * (NODE.width + NODE.columnGap);
    next.y = NODE.margin + row * (NODE.height + NODE.rowGap);
    ordered.push(next);
    next.children = sorted(next.children);
    waiting.push(...[...next.children].reverse());
    last = next;
  }
  const deepest = Math.max(0, ...ordered.map(({ depth }) => depth));
  return {
    nodes: ordered,
    width: 2 * NODE.margin + (deepest + 1) * NODE.width + deepest * NODE.columnGap,
    height: 2 * NODE.margin + (row + 1) * (NODE.height + NODE.rowGap) - NODE.rowGap,
  };
}

/** What a node is called. */
export function nodeName({ images, node }: PlacedNode): string {
  const [first] = images;
  if (first === undefined) return node.images.length === 0 ? "Shared layers" : "An image in between";
  return images.find(({ tags }) => tags.length > 0)?.tags[0] ?? first.id.replace(/^sha256:/, "").slice(0, 12);
}

/** The line from a parent to what builds on it. */
export function edge(from: PlacedNode, to: PlacedNode): string {
  const startX = from.x + NODE.width;
  const [startY, endY] = [from.y + NODE.height / 2, to.y + NODE.height / 2];
  if (startY === endY) return `M${startX} ${startY}H${to.x}`;
  const middle = startX + NODE.columnGap / 2;
  const bend = 8;
  return `M${startX} ${startY}H${middle - bend}Q${middle} ${startY} ${middle} ${startY + bend}V${endY - bend}Q${middle} ${endY} ${middle + bend} ${endY}H${to.x}`;
}

/** Families with many images first, then by name. */
function sorted(nodes: readonly PlacedNode[]): PlacedNode[] {
  return [...nodes].sort(
    (a, b) =>
      Number(b.children.length > 0) - Number(a.children.length > 0) ||
      byText.compare(nodeName(a), nodeName(b)),
  );
}
