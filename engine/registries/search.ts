import type { RegistryTag, SearchResult } from "../contract/index.ts";
import { DOCKER_HUB, parseReference } from "../docker/index.ts";
import { BerthError, type Tunnel } from "../vm.ts";
import { repositoryTags, searchCatalogue } from "./catalogue.ts";
import { hubTags, searchHub } from "./hub.ts";
import type { Registries } from "./registries.ts";
import type { RegistryAccess } from "./registry-api.ts";

export interface SearchHost {
  registries: Pick<Registries, "loginOf">;
  guest: Pick<Tunnel, "connectTcp" | "exec">;
  insecure: () => readonly string[];
  /** Mirrors of Docker Hub, as whole addresses. */
  mirrors: () => readonly string[];
}

/** Searches a registry: Docker Hub by its own search, any other by its catalogue. */
export async function searchRegistry(
  host: SearchHost,
  address: string,
  query: string,
): Promise<{ results: SearchResult[]; more: boolean }> {
  if (address === DOCKER_HUB) {
    return orMirror(
      host,
      () => searchHub(query),
      async (mirror) => {
        const { results, more } = await searchCatalogue(mirror, query);
        return { more, results: results.map((found) => ({ ...found, name: familiar(found.name) })) };
      },
    );
  }
  const { results, more } = await searchCatalogue(await accessTo(host, address), query);
  return { more, results: results.map((found) => ({ ...found, name: `${address}/${found.name}` })) };
}

/** Tags of a repository, by the name that a pull would have. */
export async function searchTags(
  host: SearchHost,
  name: string,
): Promise<{ tags: RegistryTag[]; more: boolean }> {
  const { registry, repository } = parseReference(name);
  if (registry !== DOCKER_HUB) return repositoryTags(await accessTo(host, registry), repository);
  return orMirror(
    host,
    () => hubTags(repository),
    (mirror) => repositoryTags(mirror, repository),
  );
}

/** Where Docker Hub cannot be reached, its mirrors are what a pull gets images from. */
async function orMirror<T>(
  host: SearchHost,
  hub: () => Promise<T>,
  mirrored: (mirror: RegistryAccess) => Promise<T>,
): Promise<T> {
  const [mirror] = host.mirrors();
  try {
    return await hub();
  } catch (error) {
    const away = error instanceof BerthError && error.code === "registry_not_reachable";
    if (!away || mirror === undefined || !URL.canParse(mirror)) throw error;
    const { host: address, protocol } = new URL(mirror);
    const access = await accessTo(host, address);
    return mirrored({ ...access, insecure: access.insecure || protocol === "http:" });
  }
}

async function accessTo(host: SearchHost, address: string): Promise<RegistryAccess> {
  return {
    guest: host.guest,
    address,
    login: await host.registries.loginOf(address),
    insecure: host.insecure().includes(address),
  };
}

function familiar(name: string): string {
  return name.replace(/^library\//, "");
}
