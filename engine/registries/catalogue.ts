import { z } from "zod";
import type { RegistryTag, SearchResult } from "../contract/index.ts";
import { askRegistry, type RegistryAccess } from "./registry-api.ts";

const catalogueAnswer = z.object({ repositories: z.array(z.string()).nullish() });
const tagsAnswer = z.object({ tags: z.array(z.string()).nullish() });

/** A registry has no search: its catalogue is read as far as this many names. */
const MOST_PAGES = 10;
const PAGE = 1000;
const SHOWN = 100;
const inOrder = new Intl.Collator("en", { numeric: true });

/** Repositories of a registry whose name holds every word. */
export async function searchCatalogue(
  access: RegistryAccess,
  query: string,
): Promise<{ results: SearchResult[]; more: boolean }> {
  const words = query.toLowerCase().split(/\s+/);
  const names: string[] = [];
  let path: string | null = `/v2/_catalog?n=${PAGE}`;
  for (let page = 0; path !== null && page < MOST_PAGES; page += 1) {
    const answer = await askRegistry(access, path, "registry:catalog:*");
    names.push(...(catalogueAnswer.parse(answer.json).repositories ?? []));
    path = answer.next;
  }
  const found = names.filter((name) => words.every((word) => name.toLowerCase().includes(word)));
  const results = found.slice(0, SHOWN).map((name) => ({
    name,
    description: "",
    stars: null,
    pulls: null,
    official: false,
  }));
  return { results, more: path !== null || found.length > SHOWN };
}

/** Tags of a repository; a registry tells names alone. */
export async function repositoryTags(
  access: RegistryAccess,
  repository: string,
): Promise<{ tags: RegistryTag[]; more: boolean }> {
  const path = `/v2/${repository.split("/").map(encodeURIComponent).join("/")}/tags/list?n=${PAGE}`;
  const { json, next } = await askRegistry(access, path, `repository:${repository}:pull`);
  const names = (tagsAnswer.parse(json).tags ?? []).sort((a, b) => inOrder.compare(b, a));
  // "latest" first, then what looks newest.
  names.sort((a, b) => Number(b === "latest") - Number(a === "latest"));
  const tags = names.map((name) => ({ name, sizeBytes: null, updatedAt: null, architectures: [] }));
  return { tags, more: next !== null };
}
