import { z } from "zod";
import type { RegistryTag, SearchResult } from "../contract/index.ts";
import { BerthError } from "../vm.ts";

const HUB = "https://hub.docker.com";
const TIMEOUT_MS = 15_000;

const searchAnswer = z.object({
  next: z.string().nullish(),
  results: z.array(
    z.object({
      repo_name: z.string(),
      short_description: z.string().nullish(),
      star_count: z.number().nullish(),
      pull_count: z.number().nullish(),
      is_official: z.boolean().nullish(),
    }),
  ),
});

const tagsAnswer = z.object({
  next: z.string().nullish(),
  results: z.array(
    z.object({
      name: z.string(),
      full_size: z.number().nullish(),
      last_updated: z.string().nullish(),
      images: z.array(z.object({ architecture: z.string().nullish() })).nullish(),
    }),
  ),
});

/** Searches Docker Hub (its web API, which needs no sign-in). `base` is another address for tests. */
export async function searchHub(
  query: string,
  base = HUB,
): Promise<{ results: SearchResult[]; more: boolean }> {
  const url = new URL("/v2/search/repositories/", base);
  url.search = new URLSearchParams({ query, page_size: "50" }).toString();
  const { results, next } = searchAnswer.parse(await askHub(url));
  return {
    more: typeof next === "string",
    results: results.map((found) => ({
      name: found.repo_name,
      description: found.short_description ?? "",
      stars: found.star_count ?? null,
      pulls: found.pull_count ?? null,
      official: found.is_official ?? false,
    })),
  };
}

/** Tags of a repository of Docker Hub, last changed first. `repository` is with its `library/`. */
export async function hubTags(
  repository: string,
  base = HUB,
): Promise<{ tags: RegistryTag[]; more: boolean }> {
  const path = repository.split("/").map(encodeURIComponent).join("/");
  const url = new URL(`/v2/repositories/${path}/tags`, base);
  url.search = new URLSearchParams({ page_size: "100", ordering: "last_updated" }).toString();
  const { results, next } = tagsAnswer.parse(await askHub(url));
  return {
    more: typeof next === "string",
    tags: results.map((tag) => ({
      name: tag.name,
      sizeBytes: tag.full_size ?? null,
      updatedAt: tag.last_updated ?? null,
      architectures: [
        ...new Set((tag.images ?? []).flatMap(({ architecture }) => architecture ?? [])),
      ].filter((name) => name !== "unknown"),
    })),
  };
}

async function askHub(url: URL): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: "application/json" },
    });
  } catch (cause) {
    throw new BerthError({
      code: "registry_not_reachable",
      message: "Docker Hub cannot be reached.",
      hint: "Check the network, then try again. An image can be pulled by its whole name.",
      cause,
    });
  }
  if (answer.ok) return answer.json();
  throw new BerthError({
    code: answer.status === 404 ? "not_found" : "registry_failed",
    message:
      answer.status === 404
        ? "Docker Hub has no such repository."
        : `Docker Hub did not answer the search (status ${answer.status}).`,
    hint:
      answer.status === 429
        ? "It limits how often one may ask: wait a minute."
        : "Check the name and try again.",
  });
}
