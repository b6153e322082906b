import path from "node:path";
import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { extract, type Header } from "tar-stream";
import { z } from "zod";
import { dockerStatus, openStream } from "../docker/index.ts";
import { BerthError } from "../vm.ts";

/** What Docker tells of a path in the header of its archive (Engine API 1.45, "Get information about files"). */
const statSchema = z.object({
  name: z.string(),
  size: z.number(),
  mode: z.number(),
  mtime: z.string(),
  linkTarget: z.string(),
});

export interface PathFacts {
  /** Links resolved. */
  path: string;
  kind: "file" | "directory" | "other";
  sizeBytes: number;
  modifiedAt: string;
}

/** Bits of Go's os.FileMode. */
const GO_DIRECTORY = 2 ** 31;
const GO_SYMLINK = 2 ** 27;
const LINKS_FOLLOWED = 20;

/** What a path leads to; null where nothing is. */
export async function factsOf(docker: Docker, id: string, asked: string): Promise<PathFacts | null> {
  let current = asked;
  for (let links = 0; links < LINKS_FOLLOWED; links += 1) {
    const stat = await statOf(docker, id, current);
    if (stat === null) return null;
    const symlink = hasBits(stat.mode, GO_SYMLINK);
    if (!symlink) {
      const kind = hasBits(stat.mode, GO_DIRECTORY) ? "directory" : isRegular(stat.mode) ? "file" : "other";
      return { path: current, kind, sizeBytes: stat.size, modifiedAt: new Date(stat.mtime).toISOString() };
    }
    current = path.posix.resolve(path.posix.dirname(current), stat.linkTarget);
  }
  return null;
}

async function statOf(docker: Docker, id: string, at: string): Promise<z.infer<typeof statSchema> | null> {
  try {
    const answer: unknown = await docker.getContainer(encodeURIComponent(id)).infoArchive({ path: at });
    return statSchema.parse(JSON.parse(Buffer.from(statHeader(answer), "base64").toString("utf8")));
  } catch (error) {
    // Docker answers 404 for a missing container as well: the caller asks for that by itself.
    if (dockerStatus(error) === 404) return null;
    throw error;
  }
}

function statHeader(answer: unknown): string {
  const schema = z.object({ headers: z.object({ "x-docker-container-path-stat": z.string() }) });
  return schema.parse(answer).headers["x-docker-container-path-stat"];
}

function hasBits(mode: number, bits: number): boolean {
  return Math.floor(mode / bits) % 2 === 1;
}

/** Neither folder, link, device, pipe, socket nor what Go calls irregular. */
function isRegular(mode: number): boolean {
  return ![31, 27, 26, 25, 24, 21, 19].some((bit) => hasBits(mode, 2 ** bit));
}

/** The archive of a path as Docker sends it: a tar, the path's last part its first name. */
export function openArchive(docker: Docker, id: string, at: string, signal: AbortSignal): Promise<Readable> {
  return openStream(docker, {
    path: `/containers/${encodeURIComponent(id)}/archive`,
    query: { path: at },
    signal,
  });
}

/** The first file of an archive: its header, and its bytes as they come. */
export async function firstFile(
  archive: Readable,
): Promise<{ header: Header; content: AsyncIterable<Uint8Array> }> {
  const entries = extract();
  archive.on("error", (error) => entries.destroy(error));
  return new Promise((resolve, reject) => {
    entries.on("entry", (header, content) => resolve({ header, content: bytesOf(content) }));
    entries.on("error", reject);
    entries.on("finish", () => reject(missing()));
    archive.on("data", (chunk: Buffer) => {
      if (entries.write(chunk)) return;
      archive.pause();
      entries.once("drain", () => archive.resume());
    });
    archive.on("end", () => entries.end(undefined));
  });
}

async function* bytesOf(chunks: AsyncIterable<unknown>): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of chunks) if (chunk instanceof Uint8Array) yield chunk;
}

export function missing(): BerthError {
  return new BerthError({
    code: "not_found",
    message: "There is no such file in the container any more.",
    hint: "Read the folder again: it was changed meanwhile.",
  });
}
