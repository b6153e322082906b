/** An image's name taken apart, as Docker does (distribution/reference, "normalized" names). */
export interface Reference {
  /** `docker.io` where the name says none. */
  registry: string;
  /** With `library/` for the official images of Docker Hub. */
  repository: string;
  tag: string | null;
  digest: string | null;
}

export const DOCKER_HUB = "docker.io";

export function parseReference(text: string): Reference {
  const [named = "", digest = null] = text.trim().split("@", 2);
  const slash = named.indexOf("/");
  const first = slash === -1 ? "" : named.slice(0, slash);
  // Only a name with a dot, a port or upper case is a host: `library/redis` is not.
  const isHost = first === "localhost" || /[.:]/.test(first) || first !== first.toLowerCase();
  const host = isHost ? first : DOCKER_HUB;
  const rest = isHost ? named.slice(slash + 1) : named;
  const colon = rest.lastIndexOf(":");
  const tagged = colon > rest.lastIndexOf("/");
  const path = tagged ? rest.slice(0, colon) : rest;
  const registry = host === "index.docker.io" || host === "registry-1.docker.io" ? DOCKER_HUB : host;
  return {
    registry,
    repository: registry === DOCKER_HUB && !path.includes("/") ? `library/${path}` : path,
    tag: tagged ? rest.slice(colon + 1) : null,
    digest,
  };
}

/** The name without tag and digest, as Docker writes it in its lists. */
export function repositoryName({ registry, repository }: Reference): string {
  if (registry !== DOCKER_HUB) return `${registry}/${repository}`;
  return repository.replace(/^library\//, "");
}
