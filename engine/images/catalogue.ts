import { createHash } from "node:crypto";
import type Docker from "dockerode";
import { z } from "zod";
import { dockerStatus, getJson, imageAnswer } from "../docker/index.ts";

/** An image as its layers, untagged ones in the middle of a classic build included. */
export interface StoredImage {
  id: string;
  tags: string[];
  digests: string[];
  parent: string;
  /** Chain ids of its layers from the bottom: the name of a layer on top of all below it. */
  chain: string[];
  sizeBytes: number;
}

const listed = z.array(z.object({ Id: z.string() }));
const PARALLEL_INSPECTS = 8;

/** Knows the layers of every image. An image never changes its layers, so each is looked at once. */
export class ImageCatalogue {
  readonly #docker: Docker;
  readonly #chains = new Map<string, { parent: string; chain: string[] }>();

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  /** All images with their layers and their tags of this moment. */
  async load(): Promise<StoredImage[]> {
    const answer = await getJson(this.#docker, { path: "/images/json", query: { all: "1" } });
    const entries = listEntry.parse(answer);
    const ids = new Set(listed.parse(answer).map(({ Id }) => Id));
    for (const id of this.#chains.keys()) if (!ids.has(id)) this.#chains.delete(id);
    const waiting = [...ids].filter((id) => !this.#chains.has(id));
    const worker = async () => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) await this.#look(id);
    };
    await Promise.all(Array.from({ length: PARALLEL_INSPECTS }, worker));
    return entries.flatMap(({ Id, RepoTags, RepoDigests, Size }) => {
      const known = this.#chains.get(Id);
      if (known === undefined) return [];
      const real = (names: string[] | null | undefined) =>
        (names ?? []).filter((one) => !/^<none>/.test(one));
      return [{ id: Id, tags: real(RepoTags), digests: real(RepoDigests), sizeBytes: Size, ...known }];
    });
  }

  async #look(id: string): Promise<void> {
    try {
      const { Parent, RootFS } = imageAnswer.parse(await this.#docker.getImage(id).inspect());
      this.#chains.set(id, { parent: Parent, chain: chainIds(RootFS?.Layers ?? []) });
    } catch (error) {
      // Removed between the list and the look.
      if (dockerStatus(error) !== 404) throw error;
    }
  }
}

const listEntry = z.array(
  z.object({
    Id: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    RepoDigests: z.array(z.string()).nullish(),
    Size: z.number(),
  }),
);

/** Chain ids out of the layers' own digests (OCI image specification, "Layer ChainID"). */
export function chainIds(layers: readonly string[]): string[] {
  const chain: string[] = [];
  for (const layer of layers) {
    const below = chain.at(-1);
    chain.push(below === undefined ? layer : `sha256:${sha256(`${below} ${layer}`)}`);
  }
  return chain;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
