import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { Readable, Transform } from "node:stream";
import { createGzip, createZstdCompress } from "node:zlib";
import { BerthError } from "../vm.ts";
import { fileProblem } from "./path.ts";

/**
 * Writes a stream to a file of this computer, compressed when its name ends in .gz, .tgz or .zst. The file
 * appears whole or not at all; one that is there is replaced at the end.
 */
export async function writeStream(file: string, source: Readable, signal: AbortSignal): Promise<void> {
  await requireTarget(file);
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID().slice(0, 8)}.part`);
  try {
    const sink = createWriteStream(temporary, { flags: "wx", mode: 0o600 });
    const compressor = compressorOf(file);
    if (compressor === null) await pipeline(source, sink, { signal });
    else await pipeline(source, compressor, sink, { signal });
    await synced(temporary);
    signal.throwIfAborted();
    await rename(temporary, file);
  } catch (error) {
    source.destroy();
    await rm(temporary, { force: true });
    throw fileProblem(file, error);
  }
}

async function requireTarget(file: string): Promise<void> {
  const folder = path.dirname(file);
  const parent = await stat(folder).catch((error: unknown) => {
    throw fileProblem(folder, error);
  });
  const there = await stat(file).catch(() => null);
  if (parent.isDirectory() && there?.isDirectory() !== true) return;
  throw new BerthError({
    code: "not_a_file",
    message: there === null ? `${folder} is not a folder.` : `${file} is a folder.`,
    hint: "Give the name of a file in an existing folder.",
  });
}

function compressorOf(file: string): Transform | null {
  if (/\.t?gz$/i.test(file)) return createGzip({ level: 4 });
  return /\.zst$/i.test(file) ? createZstdCompress() : null;
}

async function synced(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
