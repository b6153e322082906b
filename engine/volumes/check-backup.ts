import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { extract } from "tar-stream";
import { z } from "zod";
import { sizeOfFile } from "../host/index.ts";
import { BerthError } from "../vm.ts";

/** In the global header of every backup that Berth writes: what the guest's processor was. */
export const ARCHITECTURE_KEY = "BERTH.architecture";

export interface Backup {
  file: string;
  /** Files, folders and links in it. */
  entries: number;
  /** Null for a tar that Berth did not write. */
  architecture: string | null;
}

/**
 * The streams that make a backup a plain tar, whatever it is compressed with; for a pipeline. `read` hears how much
 * of the file was taken, 0 to 1.
 */
export async function openBackup(
  file: string,
  read: (share: number) => void,
): Promise<[Readable, ...Transform[]]> {
  const size = await sizeOfFile(file);
  if (size === 0) throw damaged(file, "it is empty");
  const decompressor = await decompressorOf(file);
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      read(Math.min(1, (bytes += chunk.length) / size));
      done(null, chunk);
    },
  });
  return [createReadStream(file), counted, ...(decompressor === null ? [] : [decompressor])];
}

/** Reads a backup from end to end before anything is changed; throws what is wrong with it. */
export async function checkBackup(
  file: string,
  read: (share: number) => void,
  signal: AbortSignal,
): Promise<Backup> {
  const archive = extract();
  let entries = 0;
  const found: { architecture: string | null; problem: BerthError | null } = {
    architecture: null,
    problem: null,
  };
  archive.on("entry", (header, stream, next) => {
    entries += 1;
    const written = recordsOf(header.pax).get(ARCHITECTURE_KEY);
    if (written !== undefined) found.architecture = written;
    if (found.problem === null) found.problem = problemOf(file, header.name, header.type);
    stream.on("end", next);
    // The pipeline tells what is wrong; the entry in the middle of it hears it as well.
    stream.on("error", () => undefined);
    stream.resume();
  });
  try {
    await pipeline([...(await openBackup(file, read)), archive], { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BerthError) throw error;
    throw damaged(file, "it is not a tar, or not all of one", error);
  }
  if (found.problem !== null) throw found.problem;
  if (entries === 0) throw damaged(file, "there is nothing in it");
  return { file, entries, architecture: found.architecture };
}

/** The records of extended headers, which the library leaves untyped. */
function recordsOf(pax: unknown): Map<string, string> {
  return new Map(Object.entries(z.record(z.string(), z.string()).catch({}).parse(pax)));
}

function problemOf(file: string, name: string, type: string): BerthError | null {
  if (type === "block-device" || type === "character-device") {
    return new BerthError({
      code: "devices_in_backup",
      message: `${file} holds the device ${name}, which does not belong into a volume.`,
      hint: "Nothing was changed. Make the backup again without it.",
    });
  }
  const outside = name.startsWith("/") || name.split("/").includes("..");
  return outside
    ? new BerthError({
        code: "paths_in_backup",
        message: `${file} holds ${name}, which would be outside of the volume.`,
        hint: "Nothing was changed. Take a tar whose paths are relative.",
      })
    : null;
}

async function decompressorOf(file: string): Promise<Transform | null> {
  const handle = await open(file, "r");
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) return createGunzip();
    return buffer.equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd])) ? createZstdDecompress() : null;
  } finally {
    await handle.close();
  }
}

function damaged(file: string, why: string, cause?: unknown): BerthError {
  return new BerthError({
    code: "damaged_archive",
    message: `${file} cannot be restored: ${why}.`,
    hint: "Nothing was changed. Copy the file again if it came from elsewhere, or take another backup.",
    cause,
  });
}
