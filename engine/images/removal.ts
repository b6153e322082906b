import type { StoredImage } from "./catalogue.ts";
import type { LayerStore } from "./layer-store.ts";

/** What removing images would free. */
export interface Removal {
  /** The images that go, untagged parents that nobody else needs included. */
  images: StoredImage[];
  freedBytes: number;
  /** Bytes of layers that no image needs any more, but that the build cache keeps. */
  heldByCacheBytes: number;
}

export interface RemovalFacts {
  images: readonly StoredImage[];
  /** Ids of images from which containers were made. */
  used: ReadonlySet<string>;
  layers: LayerStore;
  /** Sizes of the layers that the build cache shares with images. */
  cachedSizes: readonly number[];
}

/** What goes with the given images; the images themselves are taken as removable. */
export function planRemoval(ids: readonly string[], facts: RemovalFacts): Removal {
  const going = withUnneededParents(new Set(ids), facts);
  const kept = new Set(facts.layers.mounted);
  for (const image of facts.images) {
    if (!going.has(image.id)) for (const layer of image.chain) kept.add(layer);
  }
  const images = facts.images.filter(({ id }) => going.has(id));
  const lost = new Set(images.flatMap(({ chain }) => chain).filter((layer) => !kept.has(layer)));
  const { sizes } = facts.layers;
  const held = heldByCache([...lost], sizes, facts.cachedSizes);
  const sum = (layers: Iterable<string>) =>
    [...layers].reduce((bytes, one) => bytes + (sizes.get(one) ?? 0), 0);
  const heldByCacheBytes = sum(held);
  return { images, freedBytes: sum(lost) - heldByCacheBytes, heldByCacheBytes };
}

/** The images that a prune takes: those without a tag, or with `all` every one that no container uses. */
export function prunable(
  all: boolean,
  { images, used }: Pick<RemovalFacts, "images" | "used">,
): StoredImage[] {
  const parents = new Set(images.map(({ parent }) => parent));
  return images.filter((image) => {
    if (used.has(image.id)) return false;
    if (all) return image.tags.length > 0 || image.digests.length > 0 || !parents.has(image.id);
    return image.tags.length === 0 && !parents.has(image.id);
  });
}

/** Docker removes an image's untagged parents with it once nothing else stands on them. */
function withUnneededParents(going: Set<string>, { images, used }: RemovalFacts): Set<string> {
  const byId = new Map(images.map((image) => [image.id, image]));
  for (const id of going) {
    const parent = byId.get(byId.get(id)?.parent ?? "");
    if (parent === undefined || used.has(parent.id)) continue;
    if (parent.tags.length > 0 || parent.digests.length > 0) continue;
    // A set that grows while it is walked: the new ones are visited too.
    if (images.every((child) => child.parent !== parent.id || going.has(child.id))) going.add(parent.id);
  }
  return going;
}

/**
 * The layers that the build cache keeps. It names its records by ids of its own and tells their sizes, so a layer
 * and a record of the same number of bytes are taken for the same.
 */
function heldByCache(
  layers: readonly string[],
  sizes: ReadonlyMap<string, number>,
  cachedSizes: readonly number[],
): string[] {
  const left = new Map<number, number>();
  for (const size of cachedSizes) left.set(size, (left.get(size) ?? 0) + 1);
  return layers.filter((layer) => {
    const size = sizes.get(layer) ?? 0;
    const records = left.get(size) ?? 0;
    if (records === 0) return false;
    left.set(size, records - 1);
    return true;
  });
}
