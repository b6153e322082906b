import { randomBytes } from "node:crypto";
import type { Configuration, Mount } from "../contract/index.ts";
import type { ContainerManifest } from "./archive.ts";

/** What there is where a container is imported. */
export interface Surroundings {
  containers: ReadonlySet<string>;
  volumes: ReadonlySet<string>;
  networks: ReadonlySet<string>;
}

export interface Adapted {
  configuration: Configuration;
  /** Volume names in the order of the archive's volumes. */
  volumeNames: string[];
  /** Networks that have to be made. */
  newNetworks: string[];
  /** What is not as it was, for people. */
  notes: string[];
}

/** Makes an exported configuration one that fits into other surroundings, and says what had to change. */
export function adaptConfiguration(
  manifest: ContainerManifest,
  wantedName: string | undefined,
  around: Surroundings,
): Adapted {
  const notes: string[] = [];
  const { configuration } = manifest;
  const name = free(wantedName ?? manifest.name, around.containers);
  if (name !== (wantedName ?? manifest.name)) notes.push(`It is called ${name}, because the name was taken.`);
  const names = new Map<string, string>();
  for (const volume of manifest.volumes) {
    const random = /^[0-9a-f]{64}$/.test(volume.name);
    const given = random
      ? randomBytes(32).toString("hex")
      : free(volume.name, new Set([...around.volumes, ...names.values()]));
    if (!random && given !== volume.name) notes.push(`Its volume ${volume.name} is called ${given} here.`);
    names.set(volume.name, given);
  }
  const newNetworks: string[] = [];
  const networking = adaptNetworking(configuration.networking, around, newNetworks, notes);
  const isThere = (container: string) => around.containers.has(container);
  const from = (text: string) => text.replace(/:(ro|rw)$/, "");
  for (const link of configuration.links.filter(({ container }) => !isThere(container))) {
    notes.push(`Its link to ${link.container} was left out, because there is no such container.`);
  }
  for (const source of configuration.volumesFrom.filter((text) => !isThere(from(text)))) {
    notes.push(`It has no volumes from ${from(source)}, because there is no such container.`);
  }
  return {
    configuration: {
      ...configuration,
      name,
      mounts: configuration.mounts.flatMap((mount) => adaptMount(mount, names, notes)),
      networking,
      links: configuration.links.filter(({ container }) => isThere(container)),
      volumesFrom: configuration.volumesFrom.filter((text) => isThere(from(text))),
      labels: Object.fromEntries(
        Object.entries(configuration.labels).filter(([key]) => !key.startsWith("com.docker.compose.")),
      ),
      autoRemove: false,
    },
    volumeNames: manifest.volumes.map((volume) => names.get(volume.name) ?? volume.name),
    newNetworks,
    notes,
  };
}

function adaptMount(mount: Mount, names: ReadonlyMap<string, string>, notes: string[]): Mount[] {
  if (mount.type === "bind") {
    notes.push(
      `The folder ${mount.source} at ${mount.containerPath} was left out: it belongs to the other computer.`,
    );
    return [];
  }
  if (mount.type !== "volume") return [mount];
  if (mount.name !== null) return [{ ...mount, name: names.get(mount.name) ?? mount.name }];
  return [{ ...mount, anonymousVolume: names.get(mount.anonymousVolume ?? "") ?? null }];
}

function adaptNetworking(
  networking: Configuration["networking"],
  around: Surroundings,
  newNetworks: string[],
  notes: string[],
): Configuration["networking"] {
  const plain = (name: string) => ({ name, aliases: [], ipv4Address: null, ipv6Address: null });
  if (networking.mode === "container" && !around.containers.has(networking.container)) {
    notes.push(`It has a network of its own, because there is no container ${networking.container}.`);
    return { mode: "networks", networks: [plain("bridge")] };
  }
  if (networking.mode !== "networks") return networking;
  return {
    mode: "networks",
    networks: networking.networks.map((network) => {
      if (around.networks.has(network.name)) return network;
      newNetworks.push(network.name);
      notes.push(`The network ${network.name} was made for it.`);
      // A fixed address belongs to the other network's range.
      return { ...network, ipv4Address: null, ipv6Address: null };
    }),
  };
}

function free(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`;
  return name;
}
