import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { BerthError, systemCode } from "../vm.ts";

/** What may be copied for one app, so that a mistyped folder does not fill the VM's disk. */
const limits = { files: 100_000, bytes: 4 * 2 ** 30 };
const PARALLEL_HASHES = 8;

/** A file, folder or link of this computer that is to be in the guest. */
export interface InventoryEntry {
  path: string;
  kind: "file" | "folder" | "link";
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** Of a link: where it leads. */
  target: string;
  /** Of a file: SHA-256 of its content, hexadecimal. */
  hash: string;
  /** Content that is not on disk. */
  content?: string;
}

export interface CollectOptions {
  /** Paths relative to the root that are left out. */
  ignores?: (relative: string) => boolean;
  prunes?: (relative: string) => boolean;
  /** Bits that every file gets in addition. */
  extraMode?: number;
  /** What it is for, for people: `the build of "web"`. */
  purpose: string;
}

/** One pass over a folder: what it found, and the files among that were not known before. */
interface Walk extends CollectOptions {
  covered: InventoryEntry[];
  fresh: InventoryEntry[];
}

/** Everything that is to be copied, each path once. */
export class Inventory {
  readonly entries = new Map<string, InventoryEntry>();
  readonly #signal: AbortSignal;
  #bytes = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** A file that exists as text only. */
  addText(file: string, content: string): void {
    const hash = createHash("sha256").update(content).digest("hex");
    const size = Buffer.byteLength(content);
    const own = { mode: 0o644, uid: 0, gid: 0, target: "" };
    this.entries.set(file, { ...own, path: file, kind: "file", size, hash, content });
  }

  /**
   * A file or folder with all that is in it, which is answered too. A folder that is missing is made, as Docker
   * does for mounts.
   */
  async add(root: string, options: CollectOptions): Promise<InventoryEntry[]> {
    const stats = await statOf(root, options.purpose);
    const walk: Walk = { ...options, covered: [], fresh: [] };
    if (stats === null) this.#folder(root, { mode: 0o755, uid: 0, gid: 0 }, walk);
    else await this.#walk(root, stats, "", walk);
    await hashAll(walk.fresh, options.purpose, this.#signal);
    return walk.covered;
  }

  async #walk(file: string, stats: Stats, relative: string, walk: Walk): Promise<void> {
    this.#signal.throwIfAborted();
    const known = this.entries.get(file);
    if (known !== undefined && !stats.isDirectory()) {
      walk.covered.push(known);
      return;
    }
    const own = ownerOf(stats);
    if (stats.isDirectory()) {
      this.#folder(file, own, walk);
      await this.#children(file, relative, walk);
    } else if (stats.isSymbolicLink()) {
      const target = (await readlink(file)).replaceAll("\\", "/");
      this.#note({ ...own, path: file, kind: "link", size: 0, hash: "", target }, walk);
    } else if (stats.isFile()) {
      const mode = own.mode | (walk.extraMode ?? 0);
      const entry: InventoryEntry = {
        ...own,
        mode,
        path: file,
        kind: "file",
        size: stats.size,
        hash: "",
        target: "",
      };
      this.#count(entry, walk.purpose);
      this.#note(entry, walk);
      walk.fresh.push(entry);
    } else throw specialFile(file, stats, walk.purpose);
  }

  async #children(folder: string, relative: string, walk: Walk): Promise<void> {
    const names = await readdir(folder).catch((cause: unknown) => {
      throw notReadable(folder, walk.purpose, cause);
    });
    for (const name of names.sort()) {
      const file = path.join(folder, name);
      const inside = relative === "" ? name : `${relative}/${name}`;
      const stats = await statOf(file, walk.purpose);
      // It may have been removed while we looked.
      if (stats === null) continue;
      const ignored = walk.ignores?.(inside) ?? false;
      if (stats.isDirectory() ? walk.prunes?.(inside) : ignored) continue;
      if (stats.isDirectory() && ignored) await this.#children(file, inside, walk);
      else await this.#walk(file, stats, inside, walk);
    }
  }

  #folder(folder: string, own: Pick<InventoryEntry, "mode" | "uid" | "gid">, walk: Walk): void {
    this.#note({ ...own, path: folder, kind: "folder", size: 0, hash: "", target: "" }, walk);
  }

  #note(entry: InventoryEntry, walk: Walk): void {
    this.entries.set(entry.path, entry);
    walk.covered.push(entry);
  }

  #count(entry: InventoryEntry, purpose: string): void {
    this.#bytes += entry.size;
    if (this.entries.size < limits.files && this.#bytes <= limits.bytes) return;
    const much =
      this.#bytes > limits.bytes
        ? `${limits.bytes / 2 ** 30} GiB`
        : `${limits.files.toLocaleString("en")} files`;
    throw new BerthError({
      code: "too_much_to_copy",
      message: `More than ${much} would have to be copied into the VM for ${purpose}; the last was ${entry.path}.`,
      hint: "Name what is not needed in a .dockerignore file, or choose a smaller folder.",
    });
  }
}

async function hashAll(files: InventoryEntry[], purpose: string, signal: AbortSignal): Promise<void> {
  const left = [...files];
  const worker = async () => {
    for (let entry = left.pop(); entry !== undefined; entry = left.pop()) {
      const { path: file } = entry;
      const hash = createHash("sha256");
      await pipeline(createReadStream(file), hash, { signal }).catch((cause: unknown) => {
        signal.throwIfAborted();
        throw notReadable(file, purpose, cause);
      });
      entry.hash = hash.digest("hex");
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_HASHES }, worker));
}

async function statOf(file: string, purpose: string): Promise<Stats | null> {
  try {
    return await lstat(file);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return null;
    throw notReadable(file, purpose, cause);
  }
}

/** Linux has owners that mean the same in the guest; elsewhere the usual first user of an image owns the files. */
function ownerOf(stats: Stats): Pick<InventoryEntry, "mode" | "uid" | "gid"> {
  if (process.platform === "win32") return { mode: 0o755, uid: 1000, gid: 1000 };
  const mode = stats.mode & 0o7777;
  return process.platform === "linux"
    ? { mode, uid: stats.uid, gid: stats.gid }
    : { mode, uid: 1000, gid: 1000 };
}

function specialFile(file: string, stats: Stats, purpose: string): BerthError {
  const kind = stats.isSocket()
    ? "a socket"
    : stats.isFIFO()
      ? "a named pipe"
      : stats.isBlockDevice() || stats.isCharacterDevice()
        ? "a device"
        : "no ordinary file";
  return new BerthError({
    code: "not_a_file",
    message: `${file} is ${kind}, which cannot be copied into the VM; it is part of ${purpose}.`,
    hint: "Move it out of the folder, or name it in a .dockerignore file.",
  });
}

function notReadable(file: string, purpose: string, cause: unknown): BerthError {
  return new BerthError({
    code: "file_not_readable",
    message: `${file} cannot be read; it is needed for ${purpose}.`,
    hint: "Check who may read it, or name it in a .dockerignore file.",
    cause,
  });
}
