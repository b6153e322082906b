import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import type Docker from "dockerode";
import { z } from "zod";
import type { Activities } from "../activity/index.ts";
import type { ContainerArchive, PortBinding } from "../contract/index.ts";
import { getJson, openStream } from "../docker/index.ts";
import { resolveHostPath, sizeOfFile, writeStream } from "../host/index.ts";
import type { Recreate } from "../recreate/index.ts";
import { BerthError } from "../vm.ts";
import { exportContainer } from "./export-container.ts";
import { examineArchive, importContainer, type Imported } from "./import-container.ts";
import { counted } from "./volume-data.ts";

export interface TransferHost {
  docker: Docker;
  activities: Activities;
  recreate: Recreate;
  /** Gives every binding a host port that is free, or throws naming who holds it. */
  reservePorts: (ports: PortBinding[]) => Promise<PortBinding[]>;
}

interface Target {
  path: string;
  overwrite: boolean;
}

interface Written {
  path: string;
  sizeBytes: number;
}

const sizeAnswer = z.object({ Name: z.string(), SizeRootFs: z.number().nullish() });

/** Containers to and from files of this computer, as activities. */
export class Transfer {
  readonly #host: TransferHost;

  constructor(host: TransferHost) {
    this.#host = host;
  }

  /** Writes a container's file system as a tar. */
  async exportFiles(id: string, target: Target): Promise<Written> {
    const { docker, activities } = this.#host;
    const file = await targetFile(target);
    const { Name, SizeRootFs } = sizeAnswer.parse(
      await getJson(docker, { path: `/containers/${encodeURIComponent(id)}/json`, query: { size: "1" } }),
    );
    const title = `Export the files of ${Name.replace(/^\//, "")}`;
    return activities.start(
      { kind: "container.export", title, cancellable: true },
      async (report, signal) => {
        const path = `/containers/${encodeURIComponent(id)}/export`;
        const answer = await openStream(docker, { path, signal });
        const expected = Math.max(1, SizeRootFs ?? 1);
        const chunks = counted(answer, (bytes) =>
          report({
            detail: `${(bytes / 2 ** 20).toFixed(1)} MiB`,
            progress: Math.min(0.99, bytes / expected),
          }),
        );
        await writeStream(file, Readable.from(chunks, { objectMode: false }), signal);
        return written(file);
      },
    ).done;
  }

  /** Writes a container with image, configuration and volumes as one archive. */
  async exportContainer(id: string, target: Target, pause: boolean): Promise<Written> {
    const { docker, activities, recreate } = this.#host;
    const file = await targetFile(target);
    const { container, configuration } = await recreate.describe(id);
    const changes: unknown = await docker.getContainer(container.Id).changes();
    const changed = Array.isArray(changes) && changes.length > 0;
    const activity = { kind: "container.export", title: `Export ${container.Name}`, cancellable: true };
    return activities.start(activity, async (report, signal) => {
      const work = { docker, report, signal };
      await exportContainer({ container, configuration }, { file, changed, pause }, work);
      return written(file);
    }).done;
  }

  async examine(path: string): Promise<ContainerArchive> {
    const file = resolveHostPath(path);
    await sizeOfFile(file);
    const { name, image, createdAt, volumes } = await examineArchive(file);
    return { name, image, createdAt, volumes };
  }

  /** Makes a container out of an archive. */
  async importContainer(options: {
    path: string;
    name?: string | undefined;
    start: boolean;
  }): Promise<Imported> {
    const { docker, activities, recreate, reservePorts } = this.#host;
    const file = resolveHostPath(options.path);
    const sizeBytes = await sizeOfFile(file);
    const { name } = await examineArchive(file);
    const title = `Import ${options.name ?? name}`;
    return activities.start({ kind: "container.import", title, cancellable: true }, (report, signal) =>
      importContainer(
        { file, sizeBytes, name: options.name, start: options.start },
        { docker, recreate, reservePorts, report, signal },
      ),
    ).done;
  }
}

async function targetFile({ path, overwrite }: Target): Promise<string> {
  const file = resolveHostPath(path);
  const there = await stat(file).catch(() => null);
  if (there === null || overwrite) return file;
  throw new BerthError({
    code: "file_exists",
    message: `${file} exists already.`,
    hint: "Choose another name, or say that it shall be replaced.",
  });
}

async function written(file: string): Promise<Written> {
  return { path: file, sizeBytes: (await stat(file)).size };
}
