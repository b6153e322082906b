import { DOCKER_HUB } from "../docker/index.ts";

/** Under this name Docker's own client keeps the sign-in to Docker Hub. */
const HUB_KEY = "https://index.docker.io/v1/";

/** The key of a registry's sign-in in a credential helper. */
export function keyOf(address: string): string {
  return address === DOCKER_HUB ? HUB_KEY : address;
}

/** The registry that a helper's key is for; null when the key is for something else. */
export function addressOf(key: string): string | null {
  if (key === HUB_KEY) return DOCKER_HUB;
  // The client keeps tokens of Docker Hub beside its sign-in.
  if (key.startsWith(HUB_KEY) || key.startsWith("berth://")) return null;
  const address = key.replace(/^https?:\/\//, "").replace(/\/+$/, "");
  return /^[^/\s]+$/.test(address) && /[.:]|^localhost$/.test(address) ? address : null;
}
