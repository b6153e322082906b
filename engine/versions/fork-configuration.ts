import type { Configuration, Mount } from "../contract/index.ts";

/** How a fork gets its volumes. */
export type ForkVolumes = "copy" | "share" | "empty";

/** One volume of the original and the fork's in its place. */
export interface VolumeCopy {
  from: string;
  to: string;
}

/**
 * A container's configuration for a second one beside it: no fixed addresses, no names that others know the first
 * one by, no place in its app, and staying when it stops.
 */
export function forkConfiguration(original: Configuration, name: string, image: string): Configuration {
  const { networking, advanced, labels } = original;
  const ofNoApp = Object.entries(labels).filter(([key]) => !key.startsWith("com.docker.compose."));
  return {
    ...original,
    name,
    image,
    autoRemove: false,
    labels: Object.fromEntries(ofNoApp),
    networking:
      networking.mode === "networks"
        ? {
            mode: "networks",
            networks: networking.networks.map(({ name: network }) => ({
              name: network,
              aliases: [],
              ipv4Address: null,
              ipv6Address: null,
            })),
          }
        : networking,
    advanced: { ...advanced, hostname: "" },
  };
}

/** The mounts of a fork, and which volumes have to be copied for them. A volume that it only reads is shared. */
export function forkMounts(
  mounts: readonly Mount[],
  volumes: ForkVolumes,
  newName: (volume: string | null) => string,
): { mounts: Mount[]; copies: VolumeCopy[] } {
  const copies: VolumeCopy[] = [];
  const forked = mounts.map((mount): Mount => {
    if (mount.type !== "volume" || volumes === "share" || mount.readOnly) return mount;
    const from = mount.name ?? mount.anonymousVolume;
    if (from === null || (mount.name === null && volumes === "empty"))
      return { ...mount, anonymousVolume: null };
    const known = copies.find((copy) => copy.from === from);
    const to = known?.to ?? newName(mount.name);
    if (known === undefined) copies.push({ from, to });
    return mount.name === null ? { ...mount, anonymousVolume: to } : { ...mount, name: to };
  });
  return { mounts: forked, copies };
}
