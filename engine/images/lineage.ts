import type { LineageNode } from "../contract/index.ts";
import type { StoredImage } from "./catalogue.ts";

/**
 * The tree of layers: an image stands on the longest stack of layers that it begins with and where something
 * else stops or branches off: another image, or layers that several images share. Stacks in between are left out.
 */
export function lineageOf(images: readonly StoredImage[], sizes: ReadonlyMap<string, number>): LineageNode[] {
  const stops = placesToStop(images);
  const nodes = new Map<string, LineageNode>();
  for (const { id, chain } of images) {
    let parent: string | null = null;
    let addedBytes = 0;
    for (const [index, layer] of chain.entries()) {
      addedBytes += sizes.get(layer) ?? 0;
      if (!stops.has(layer)) continue;
      if (!nodes.has(layer)) {
        nodes.set(layer, { id: layer, parent, images: [], layerCount: index + 1, addedBytes });
      }
      parent = layer;
      addedBytes = 0;
    }
    // An image without any layer stands for itself.
    const place = parent ?? `empty:${id}`;
    const node = nodes.get(place) ?? { id: place, parent: null, images: [], layerCount: 0, addedBytes: 0 };
    node.images.push(id);
    nodes.set(place, node);
  }
  return [...nodes.values()];
}

/** Layers that are the top of an image, or on which different layers stand. */
function placesToStop(images: readonly StoredImage[]): Set<string> {
  const stops = new Set<string>();
  const above = new Map<string, string>();
  for (const { chain } of images) {
    for (const [index, layer] of chain.entries()) {
      const next = chain[index + 1];
      if (next === undefined || (above.has(layer) && above.get(layer) !== next)) stops.add(layer);
      else above.set(layer, next);
    }
  }
  return stops;
}
