import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import type Docker from "dockerode";
import { z } from "zod";
import type { Configuration } from "../contract/index.ts";
import { dockerStatus, openStream, postJson } from "../docker/index.ts";
import { writeStream } from "../host/index.ts";
import type { ContainerDetails } from "../recreate/index.ts";
import { ArchiveWriter, type ContainerManifest } from "./archive.ts";
import { counted, readVolume } from "./volume-data.ts";

interface Progress {
  detail: string;
  progress: number | null;
}

interface Work {
  docker: Docker;
  report: (state: Progress) => void;
  signal: AbortSignal;
}

const committedAnswer = z.object({ Id: z.string() });
const sizeAnswer = z.object({ Size: z.number() });

/** Writes a container as one archive; `pause` halts it meanwhile. The file appears whole or not at all. */
export async function exportContainer(
  { container, configuration }: { container: ContainerDetails; configuration: Configuration },
  options: { file: string; changed: boolean; pause: boolean },
  work: Work,
): Promise<void> {
  const { docker, signal } = work;
  const savedAs = `berth-imports/${slug(container.Name)}:${stamp()}`;
  const halt = options.pause && container.State.Running && !container.State.Paused;
  if (halt) await docker.getContainer(container.Id).pause();
  try {
    await nameImage(docker, container, options.changed, savedAs);
    const manifest: ContainerManifest = {
      format: "berth-container",
      version: 1,
      name: container.Name,
      createdAt: new Date().toISOString(),
      image: container.Config.Image,
      committed: options.changed,
      savedAs,
      configuration,
      volumes: volumesOf(configuration),
    };
    const writer = new ArchiveWriter();
    await bothOrFirstFailure(
      writeStream(options.file, Readable.from(writer.stream, { objectMode: false }), signal),
      fill(writer, manifest, work),
      (error) => writer.stream.destroy(error),
    );
  } finally {
    if (halt) await docker.getContainer(container.Id).unpause();
    await docker.getImage(savedAs).remove().catch(ignoreGone);
  }
}

async function fill(
  writer: ArchiveWriter,
  manifest: ContainerManifest,
  { docker, report, signal }: Work,
): Promise<void> {
  await writer.manifest(manifest);
  const image = docker.getImage(manifest.savedAs);
  const { Size } = sizeAnswer.parse(await image.inspect());
  const saved = await openStream(docker, {
    path: "/images/get",
    query: { names: [manifest.savedAs] },
    signal,
  });
  const tell = (what: string, of: number | null) => (bytes: number) =>
    report({
      detail: `${what}: ${(bytes / 2 ** 20).toFixed(1)} MiB`,
      progress: of === null ? null : Math.min(0.99, bytes / Math.max(1, of)),
    });
  await writer.section("image", counted(saved, tell("Image", Size)));
  for (const [index, { name, containerPath }] of manifest.volumes.entries()) {
    await readVolume(docker, { volume: name, image: manifest.savedAs }, signal, (tar) =>
      writer.section(`volumes/${index}`, counted(tar, tell(`Volume at ${containerPath}`, null))),
    );
  }
  await writer.end();
}

/** Gives what the container is made of a name: its image, or, with files of its own, an image of these too. */
async function nameImage(
  docker: Docker,
  container: ContainerDetails,
  changed: boolean,
  name: string,
): Promise<void> {
  const [repo = "", tag = ""] = name.split(":");
  if (!changed) {
    await docker.getImage(container.Image).tag({ repo, tag });
    return;
  }
  const ofApp = Object.keys(container.Config.Labels).filter((label) =>
    label.startsWith("com.docker.compose."),
  );
  const answer = await postJson(docker, {
    path: "/commit",
    // It is halted already where that was wished.
    query: { container: container.Id, repo, tag, pause: "0" },
    body: { Labels: Object.fromEntries(ofApp.map((label) => [label, ""])) },
  });
  committedAnswer.parse(answer);
}

function volumesOf(configuration: Configuration): ContainerManifest["volumes"] {
  const volumes = configuration.mounts.flatMap((mount) => {
    if (mount.type !== "volume") return [];
    const name = mount.name ?? mount.anonymousVolume;
    return name === null ? [] : [{ name, containerPath: mount.containerPath }];
  });
  // One that is mounted twice is saved once.
  return volumes.filter(({ name }, index) => volumes.findIndex((other) => other.name === name) === index);
}

/** Two halves of one work: the failure of one ends the other, and is what is told. */
async function bothOrFirstFailure(
  one: Promise<void>,
  other: Promise<void>,
  end: (error: Error) => void,
): Promise<void> {
  let first: { error: unknown } | null = null;
  const watch = async (half: Promise<void>) => {
    try {
      await half;
    } catch (error) {
      first ??= { error };
      end(error instanceof Error ? error : new Error(String(error)));
    }
  };
  await Promise.all([watch(one), watch(other)]);
  const failure = first as { error: unknown } | null;
  if (failure !== null) throw failure.error;
}

function slug(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return plain === "" ? "container" : plain;
}

function stamp(): string {
  const moment = new Date().toISOString().slice(0, 10);
  return `${moment}-${randomBytes(4).toString("hex")}`;
}

function ignoreGone(error: unknown): void {
  if (dockerStatus(error) !== 404) throw error;
}
