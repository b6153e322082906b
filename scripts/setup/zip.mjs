import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, symlink } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createInflateRaw } from "node:zlib";
import { SetupProblem } from "./problem.mjs";

const endRecordSignature = 0x06054b50;
const centralEntrySignature = 0x02014b50;
const fileTypeMask = 0o170000;
const symlinkType = 0o120000;

/**
 * @typedef {object} ZipEntry
 * @property {string} name
 * @property {number} method 0 stored, 8 deflated
 * @property {number} compressedSize
 * @property {number} size
 * @property {number} headerOffset
 * @property {number} mode Unix mode with file type, 0 when unknown
 */

/**
 * Reads a zip's list of contents (APPNOTE 6.3.10, 4.3.12 and 4.3.16; no zip64, which no Electron archive uses).
 * @param {import("node:fs/promises").FileHandle} file
 * @returns {Promise<ZipEntry[]>}
 */
async function readEntries(file) {
  const { size } = await file.stat();
  const tail = Buffer.alloc(Math.min(size, 65_557));
  await file.read(tail, 0, tail.length, size - tail.length);
  let at = tail.length - 22;
  while (at >= 0 && tail.readUInt32LE(at) !== endRecordSignature) at -= 1;
  if (at < 0) throw new Error("the archive has no end record");
  const directory = Buffer.alloc(tail.readUInt32LE(at + 12));
  await file.read(directory, 0, directory.length, tail.readUInt32LE(at + 16));

  /** @type {ZipEntry[]} */
  const entries = [];
  for (let offset = 0; offset + 46 <= directory.length;) {
    if (directory.readUInt32LE(offset) !== centralEntrySignature)
      throw new Error("damaged archive directory");
    const nameLength = directory.readUInt16LE(offset + 28);
    entries.push({
      name: directory.toString("utf8", offset + 46, offset + 46 + nameLength),
      method: directory.readUInt16LE(offset + 10),
      compressedSize: directory.readUInt32LE(offset + 20),
      size: directory.readUInt32LE(offset + 24),
      headerOffset: directory.readUInt32LE(offset + 42),
      mode: directory.readUInt32LE(offset + 38) >>> 16,
    });
    offset += 46 + nameLength + directory.readUInt16LE(offset + 30) + directory.readUInt16LE(offset + 32);
  }
  return entries;
}

/**
 * Unpacks a zip whose digest was verified before.
 * @param {string} archive
 * @param {string} target folder
 * @param {{
 *   rename?: (name: string) => string | undefined,
 *   onProgress?: (fraction: number) => void,
 * }} [options] `rename` gives each entry's path under target, or undefined to leave it out
 */
export async function unzip(archive, target, options = {}) {
  const file = await open(archive);
  try {
    const chosen = (await readEntries(file)).flatMap((entry) => {
      const name = options.rename ? options.rename(entry.name) : entry.name;
      return name === undefined || name === "" || entry.name.endsWith("/") ? [] : [{ entry, name }];
    });
    const total = chosen.reduce((sum, { entry }) => sum + entry.size, 0) || 1;
    let done = 0;
    for (const { entry, name } of chosen) {
      const destination = path.resolve(target, name);
      if (path.relative(target, destination).startsWith("..")) {
        throw new SetupProblem(
          `The archive ${archive} wants to write outside its folder (${entry.name}).`,
          "Remove the file and run the same command again.",
        );
      }
      await mkdir(path.dirname(destination), { recursive: true });
      await extractEntry(file, archive, entry, destination);
      done += entry.size;
      options.onProgress?.(done / total);
    }
  } finally {
    await file.close();
  }
}

/**
 * @param {import("node:fs/promises").FileHandle} file
 * @param {string} archive
 * @param {ZipEntry} entry
 * @param {string} destination
 */
async function extractEntry(file, archive, entry, destination) {
  const header = Buffer.alloc(30);
  await file.read(header, 0, 30, entry.headerOffset);
  const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if ((entry.mode & fileTypeMask) === symlinkType) {
    const link = Buffer.alloc(entry.compressedSize);
    await file.read(link, 0, link.length, start);
    await symlink(link.toString("utf8"), destination);
    return;
  }
  const mode = entry.mode & 0o111 ? 0o755 : 0o644;
  const output = createWriteStream(destination, { mode });
  if (entry.compressedSize === 0) {
    output.end();
    await new Promise((resolve, reject) => output.on("close", () => resolve(undefined)).on("error", reject));
    return;
  }
  const source = createReadStream(archive, {
    start,
    end: start + entry.compressedSize - 1,
    highWaterMark: 1024 * 1024,
  });
  if (entry.method === 0) await pipeline(source, output);
  else await pipeline(source, createInflateRaw({ chunkSize: 1024 * 1024 }), output);
}
