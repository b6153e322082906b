import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import type { Configuration, PortBinding } from "../contract/index.ts";
import { forkPorts } from "../ports/index.ts";
import { type ContainerDetails, type Recreate, VERSION_LABEL } from "../recreate/index.ts";
import { copyVolume } from "../transfer/index.ts";
import { BerthError } from "../vm.ts";
import { forkConfiguration, forkMounts, type ForkVolumes, type VolumeCopy } from "./fork-configuration.ts";

interface ForkHost {
  docker: Docker;
  recreate: Recreate;
  /** Gives every binding a host port that is free, or throws naming who holds it. */
  reservePorts: (ports: PortBinding[]) => Promise<PortBinding[]>;
}

/** What a fork is made of: the original, its configuration then, and the image with its files. */
interface Template {
  container: ContainerDetails;
  configuration: Configuration;
  image: string;
}

export interface ForkOptions {
  version?: string | undefined;
  name: string;
  volumes: ForkVolumes;
  start: boolean;
}

export interface Forked {
  id: string;
  warnings: string[];
  ports: { asked: number | null; given: PortBinding }[];
  volumes: VolumeCopy[];
}

/** Makes a container beside the original. When it fails or is called off, its volumes are removed again. */
export async function forkContainer(
  { docker, recreate, reservePorts }: ForkHost,
  { container, configuration, image }: Template,
  options: ForkOptions,
  tell: (detail: string) => void,
  signal: AbortSignal,
): Promise<Forked> {
  const forked = forkConfiguration(configuration, options.name, image);
  const ports = await forkPorts(forked.ports, reservePorts);
  const names = await volumeNames(docker);
  const { mounts, copies } = forkMounts(forked.mounts, options.volumes, (volume) =>
    freeVolumeName(names, options.name, volume),
  );
  try {
    if (options.volumes === "copy") await copyVolumes(docker, container, copies, image, tell, signal);
    signal.throwIfAborted();
    tell("Creating the container");
    const made = await recreate.run(
      { ...forked, mounts, ports: ports.map(({ given }) => given) },
      { start: options.start, labels: { [VERSION_LABEL]: "" }, like: configuration },
    );
    return { id: made.id, warnings: made.warnings, ports, volumes: copies };
  } catch (error) {
    for (const { to } of copies)
      await docker
        .getVolume(to)
        .remove()
        .catch(() => undefined);
    throw error;
  }
}

/** Throws `name_in_use`; said before anything is copied. */
export async function demandFreeName(docker: Docker, name: string): Promise<void> {
  const listed = await docker.listContainers({ all: true });
  if (!listed.some(({ Names }) => Names.includes(`/${name}`))) return;
  throw new BerthError({
    code: "name_in_use",
    message: `A container named "${name}" exists already.`,
    hint: "Choose another name, or remove that container first.",
  });
}

/** The original stands still meanwhile, so that the content of its files fits together. */
async function copyVolumes(
  docker: Docker,
  original: ContainerDetails,
  copies: VolumeCopy[],
  image: string,
  tell: (detail: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (copies.length === 0) return;
  const halt = original.State.Running && !original.State.Paused;
  if (halt) await docker.getContainer(original.Id).pause();
  try {
    for (const { from, to } of copies) {
      await copyVolume(docker, { from, to, image }, signal, (bytes) =>
        tell(`Copying the volume ${from}: ${(bytes / 2 ** 20).toFixed(1)} MiB`),
      );
    }
  } finally {
    if (halt) await docker.getContainer(original.Id).unpause();
  }
}

async function volumeNames(docker: Docker): Promise<Set<string>> {
  const { Volumes } = await docker.listVolumes();
  return new Set(Volumes.map(({ Name }) => Name));
}

/** A nameless volume gets a random name, as Docker's own have. */
function freeVolumeName(taken: Set<string>, fork: string, volume: string | null): string {
  const wanted = volume === null ? randomBytes(32).toString("hex") : `${fork}-${volume}`;
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`;
  taken.add(name);
  return name;
}
