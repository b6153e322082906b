import type Docker from "dockerode";
import type { PortBinding } from "../contract/index.ts";
import { dockerStatus, openStream, progressLines } from "../docker/index.ts";
import { forkPorts } from "../ports/index.ts";
import type { Recreate } from "../recreate/index.ts";
import { ArchiveReader, type ContainerManifest } from "./archive.ts";
import { type Adapted, adaptConfiguration, type Surroundings } from "./import-configuration.ts";
import { withBody } from "./request-body.ts";
import { fillVolume } from "./volume-data.ts";

interface Work {
  docker: Docker;
  recreate: Recreate;
  reservePorts: (ports: PortBinding[]) => Promise<PortBinding[]>;
  report: (state: { detail: string; progress: number | null }) => void;
  signal: AbortSignal;
}

export interface Imported {
  id: string;
  name: string;
  notes: string[];
  ports: PortBinding[];
}

/** Makes a container out of an archive. When it fails or is called off, nothing is left of it. */
export async function importContainer(
  options: { file: string; sizeBytes: number; name?: string | undefined; start: boolean },
  work: Work,
): Promise<Imported> {
  const { docker, signal } = work;
  const made = new Made(docker);
  let detail = "Reading";
  const reader = await ArchiveReader.open(options.file, (bytes) =>
    work.report({ detail, progress: Math.min(0.99, bytes / Math.max(1, options.sizeBytes)) }),
  );
  try {
    const manifest = await reader.manifest();
    const adapted = adaptConfiguration(manifest, options.name, await surroundings(docker));
    detail = "Loading the image";
    made.image = manifest.savedAs;
    await loadImage(docker, reader.section("image"), options.file, signal);
    for (const [index, volume] of adapted.volumeNames.entries()) {
      detail = `Filling the volume at ${manifest.volumes[index]?.containerPath ?? ""}`;
      made.volumes.push(volume);
      const target = { volume, image: manifest.savedAs };
      await fillVolume(docker, target, reader.section(`volumes/${index}`), signal);
    }
    await reader.end();
    signal.throwIfAborted();
    const image = await finalImage(docker, manifest, adapted.notes);
    return await createIt(
      { ...adapted, configuration: { ...adapted.configuration, image } },
      options.start,
      work,
      made,
    );
  } catch (error) {
    await made.undo();
    throw error;
  } finally {
    reader.close();
  }
}

/** Looks at what an archive says of itself. */
export async function examineArchive(file: string): Promise<ContainerManifest> {
  const reader = await ArchiveReader.open(file, () => undefined);
  try {
    return await reader.manifest();
  } finally {
    reader.close();
  }
}

async function createIt(adapted: Adapted, start: boolean, work: Work, made: Made): Promise<Imported> {
  const { docker, recreate, reservePorts } = work;
  const { configuration, newNetworks, notes } = adapted;
  for (const Name of newNetworks) {
    await docker.createNetwork({ Name });
    made.networks.push(Name);
  }
  const ports = await forkPorts(configuration.ports, reservePorts);
  for (const { asked, given } of ports) {
    if (asked !== null && asked !== given.hostPort) {
      notes.push(
        `Its port ${given.containerPort} is published at ${given.hostPort ?? "a free port"}, because ${asked} was taken.`,
      );
    }
  }
  const wanted = { ...configuration, ports: ports.map(({ given }) => given) };
  const { id, name, warnings } = await recreate.run(wanted, { start });
  return { id, name, notes: [...notes, ...warnings], ports: wanted.ports };
}

async function loadImage(
  docker: Docker,
  pieces: AsyncIterable<Buffer>,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  await withBody(pieces, signal, async (body, ended) => {
    const query = { quiet: true };
    const answer = await openStream(docker, {
      method: "POST",
      path: "/images/load",
      query,
      body,
      signal: ended,
    });
    // Read to its end: a failure comes as one of its lines.
    const lines = progressLines(answer, `${file} could not be imported.`);
    while ((await lines.next()).done !== true);
  });
}

/** The image gets the name that the container knows it by, where that is free or means the same here. */
async function finalImage(docker: Docker, manifest: ContainerManifest, notes: string[]): Promise<string> {
  const { image, savedAs, committed } = manifest;
  const saved = await docker.getImage(savedAs).inspect();
  const known = await docker.getImage(image).inspect().catch(nullIfGone);
  const named = /^[a-z0-9][\w./:-]*:[\w.-]+$/i.exec(image);
  if (!committed && named !== null && (known === null || known.Id === saved.Id)) {
    const at = image.lastIndexOf(":");
    if (known === null)
      await docker.getImage(savedAs).tag({ repo: image.slice(0, at), tag: image.slice(at + 1) });
    await docker.getImage(savedAs).remove();
    return image;
  }
  notes.push(
    committed
      ? `Its image is ${savedAs}: ${image} with the container's own files.`
      : `Its image is ${savedAs}, because ${image} is another one here.`,
  );
  return savedAs;
}

async function surroundings(docker: Docker): Promise<Surroundings> {
  const [containers, { Volumes }, networks] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listVolumes(),
    docker.listNetworks(),
  ]);
  return {
    containers: new Set(containers.flatMap(({ Names }) => Names.map((name) => name.replace(/^\//, "")))),
    volumes: new Set(Volumes.map(({ Name }) => Name)),
    networks: new Set(networks.map(({ Name }) => Name)),
  };
}

/** What an import has made so far. */
class Made {
  image: string | null = null;
  readonly volumes: string[] = [];
  readonly networks: string[] = [];
  readonly #docker: Docker;

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  async undo(): Promise<void> {
    const docker = this.#docker;
    // What is gone already, or is used after all, stays as it is.
    for (const name of this.networks)
      await docker
        .getNetwork(name)
        .remove()
        .catch(() => undefined);
    for (const name of this.volumes)
      await docker
        .getVolume(name)
        .remove()
        .catch(() => undefined);
    if (this.image !== null)
      await docker
        .getImage(this.image)
        .remove()
        .catch(() => undefined);
  }
}

function nullIfGone(error: unknown): null {
  if (dockerStatus(error) === 404) return null;
  throw error;
}
