import type Docker from "dockerode";
import { z } from "zod";
import type { ContainerSummary, ImagePrunePreview, LineageNode, RemovalPreview } from "../contract/index.ts";
import { list } from "../docker/go-json.ts";
import { dockerStatus, getJson } from "../docker/index.ts";
import type { Tunnel } from "../vm.ts";
import { ImageCatalogue, type StoredImage } from "./catalogue.ts";
import { readLayerStore } from "./layer-store.ts";
import { lineageOf } from "./lineage.ts";
import { planRemoval, prunable, type RemovalFacts } from "./removal.ts";

export interface ImagesHost {
  docker: Docker;
  guest: Pick<Tunnel, "exec">;
  containers: () => readonly ContainerSummary[];
}

const cacheAnswer = z.object({
  BuildCache: list(z.object({ Shared: z.boolean(), Size: z.number() })),
});
const containersAnswer = z.array(z.object({ ImageID: z.string() }));
const deletedAnswer = z.array(z.object({ Deleted: z.string().optional() }));

/** What is known of images by their layers: lineage, and what a removal frees. */
export class Images {
  readonly #host: ImagesHost;
  readonly #catalogue: ImageCatalogue;

  constructor(host: ImagesHost) {
    this.#host = host;
    this.#catalogue = new ImageCatalogue(host.docker);
  }

  async lineage(): Promise<LineageNode[]> {
    const { docker, guest } = this.#host;
    const [images, layers] = await Promise.all([this.#catalogue.load(), readLayerStore(docker, guest)]);
    return lineageOf(images, layers.sizes);
  }

  /** What the removal of one image would free, and who still uses it. */
  async removalPreview(id: string): Promise<RemovalPreview> {
    const facts = await this.#facts();
    const image = facts.images.find((one) => one.id === id);
    const { freedBytes, heldByCacheBytes } = planRemoval([id], facts);
    const above = facts.images.filter(
      (other) => other.id !== id && image !== undefined && standsOn(other, image),
    );
    const users = this.#host.containers().filter((container) => container.imageId === id);
    return {
      containers: users.map(({ id: container, name, state }) => ({
        id: container,
        name,
        running: state === "running" || state === "paused" || state === "restarting",
      })),
      descendants: above.map((other) => ({ id: other.id, name: nameOf(other) })),
      freedBytes,
      heldByCacheBytes,
    };
  }

  /** The images that a prune would remove, and the bytes that Docker would count as freed. */
  async prunePreview(all: boolean): Promise<ImagePrunePreview> {
    const facts = await this.#facts();
    const chosen = prunable(all, facts);
    const { images, freedBytes, heldByCacheBytes } = planRemoval(
      chosen.map(({ id }) => id),
      facts,
    );
    return {
      images: images.map((image) => ({ id: image.id, name: nameOf(image), sizeBytes: image.sizeBytes })),
      freedBytes,
      heldByCacheBytes,
    };
  }

  /**
   * Removes these images, each by all of its names. One that somebody began to use meanwhile is kept. The
   * bytes are counted as Docker's own prune does: the sizes of the layers that it says it deleted.
   */
  async prune(ids: readonly string[]): Promise<{ removed: number; freedBytes: number; kept: string[] }> {
    const { images, layers } = await this.#facts();
    const chosen = images.filter(({ id }) => ids.includes(id));
    const kept: string[] = [];
    let removed = 0;
    let freedBytes = 0;
    // Children first: a parent cannot go while an image stands on it.
    for (const image of [...chosen].sort((a, b) => b.chain.length - a.chain.length)) {
      const deleted = await this.#remove(image);
      if (deleted === null) kept.push(nameOf(image));
      else removed += 1;
      for (const layer of deleted ?? []) freedBytes += layers.sizes.get(layer) ?? 0;
    }
    return { removed, freedBytes, kept };
  }

  /** Ids that Docker deleted, null where it keeps the image. */
  async #remove(image: StoredImage): Promise<string[] | null> {
    const names = [...image.tags, ...image.digests];
    const deleted: string[] = [];
    for (const name of names.length === 0 ? [image.id] : names) {
      try {
        const answer = deletedAnswer.parse(await this.#host.docker.getImage(name).remove());
        deleted.push(...answer.flatMap(({ Deleted }) => Deleted ?? []));
      } catch (error) {
        const status = dockerStatus(error);
        if (status === 409) return null;
        // Gone with another name of it, or with a child.
        if (status !== 404) throw error;
      }
    }
    return deleted;
  }

  async #facts(): Promise<RemovalFacts> {
    const { docker, guest } = this.#host;
    const [images, layers, containers, cache] = await Promise.all([
      this.#catalogue.load(),
      readLayerStore(docker, guest),
      getJson(docker, { path: "/containers/json", query: { all: "1" } }),
      getJson(docker, { path: "/system/df", query: { type: "build-cache" } }),
    ]);
    return {
      images,
      layers,
      used: new Set(containersAnswer.parse(containers).map(({ ImageID }) => ImageID)),
      cachedSizes: cacheAnswer
        .parse(cache)
        .BuildCache.filter(({ Shared }) => Shared)
        .map(({ Size }) => Size),
    };
  }
}

/** Whether one image begins with all layers of the other. */
function standsOn(above: StoredImage, below: StoredImage): boolean {
  const top = below.chain.at(-1);
  return top !== undefined && above.chain.length > below.chain.length && above.chain.includes(top);
}

function nameOf({ id, tags, digests }: StoredImage): string {
  return tags[0] ?? digests[0]?.split("@")[0] ?? id.replace(/^sha256:/, "").slice(0, 12);
}
