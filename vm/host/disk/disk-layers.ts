import { execFile } from "node:child_process";
import { chmod, link, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { BerthError, systemCode } from "../errors.ts";
import { syncFile, syncFolder } from "../files/atomic-file.ts";
import { occupiedBytes } from "./data-disk.ts";

const run = promisify(execFile);
const imageToolTimeoutMs = 3_600_000;
const layerPattern = /^data\.([0-9a-f]{12})\.qcow2$/;

const chainSchema = z.array(z.object({ filename: z.string(), "backing-filename": z.string().optional() }));

/**
 * The data disk as a stack of qcow2 files in one folder: the disk in use on top, below it layers that are never
 * written again, one for each kept moment. References are plain file names, so that a home can be moved. The VM
 * must not run while layers are changed.
 */
export class DiskLayers {
  readonly #disk: string;
  readonly #folder: string;
  readonly #imageTool: string;

  /** `disk` is the file in use. */
  constructor(disk: string, imageTool: string) {
    this.#disk = disk;
    this.#folder = path.dirname(disk);
    this.#imageTool = imageTool;
  }

  file(layer: string): string {
    return layerFile(this.#disk, layer);
  }

  /**
   * Gives the present disk a second name, that of a layer to be. It becomes one with `freeze`; until then nothing
   * has changed.
   */
  async prepare(layer: string): Promise<void> {
    await link(this.#disk, this.file(layer)).catch((cause: unknown) => {
      throw notKept("the folder's file system cannot give a file two names", cause);
    });
  }

  /** Whether a prepared layer is still the very file in use. */
  async isPrepared(layer: string): Promise<boolean> {
    const [disk, below] = await Promise.all([stat(this.#disk), stat(this.file(layer)).catch(() => null)]);
    return below !== null && disk.ino === below.ino && disk.dev === below.dev;
  }

  /** Takes a preparation back. */
  async forget(layer: string): Promise<void> {
    if (await this.isPrepared(layer)) await rm(this.file(layer), { force: true });
  }

  /** Puts a new, empty file in use on top of the layer: the disk is then as the layer was. Atomic. */
  async putOnTop(layer: string): Promise<void> {
    const fresh = `${this.#disk}.new`;
    await rm(fresh, { force: true });
    try {
      await this.#image([
        ...["create", "-q", "-f", "qcow2", "-o", "lazy_refcounts=on"],
        ...["-b", path.basename(this.file(layer)), "-F", "qcow2", fresh],
      ]);
      await chmod(fresh, 0o600);
      await syncFile(fresh);
      await rename(fresh, this.#disk);
      await syncFolder(this.#folder);
    } catch (cause) {
      await rm(fresh, { force: true });
      throw notKept("its new file could not be made", cause);
    }
  }

  /**
   * Removes a layer, handing what others still need of it to them. May be interrupted and begun anew at any point:
   * what others show never changes.
   */
  async remove(layer: string): Promise<void> {
    const file = this.file(layer);
    if (!(await exists(file))) return;
    if (await this.isPrepared(layer)) return this.forget(layer);
    const children = await this.#childrenOf(file);
    if (children.length > 1) {
      const below = (await this.#chain(file))[0]?.["backing-filename"];
      const base = below === undefined ? ["-b", ""] : ["-b", path.basename(below), "-F", "qcow2"];
      for (const child of children) await this.#image(["rebase", "-q", "-f", "qcow2", ...base, child]);
    }
    const [only] = children;
    if (children.length === 1 && only !== undefined) {
      // What the child holds is written into the layer, which then takes its place.
      await this.#image(["commit", "-q", "-d", "-f", "qcow2", only]);
      await syncFile(file);
      await rename(file, only);
    } else await rm(file, { force: true });
    await syncFolder(this.#folder);
  }

  /** Whether a layer or the disk in use rests on it. */
  async hasChildren(layer: string): Promise<boolean> {
    return (await this.#childrenOf(this.file(layer))).length > 0;
  }

  /** Layers whose files lie in the folder. */
  async present(): Promise<string[]> {
    const names = await readdir(this.#folder);
    return names.flatMap((name) => layerPattern.exec(name)?.[1] ?? []);
  }

  /** Bytes that removing the layer gives back, at most. */
  async removableBytes(layer: string): Promise<number> {
    const own = await occupiedBytes(this.file(layer));
    const children = await this.#childrenOf(this.file(layer));
    if (children.length === 0) return own;
    if (children.length > 1) return 0;
    // Only what the child has in its place becomes free.
    return Math.min(own, await occupiedBytes(children[0] ?? ""));
  }

  async #childrenOf(file: string): Promise<string[]> {
    const candidates = [this.#disk, ...(await this.present()).map((layer) => this.file(layer))];
    const children: string[] = [];
    for (const candidate of candidates) {
      if (candidate === file || !(await exists(candidate))) continue;
      const below = (await this.#chain(candidate))[0]?.["backing-filename"];
      if (below !== undefined && path.basename(below) === path.basename(file)) children.push(candidate);
    }
    return children;
  }

  async #chain(file: string): Promise<z.infer<typeof chainSchema>> {
    const { stdout } = await this.#image(["info", "--force-share", "--output=json", "--backing-chain", file]);
    return chainSchema.parse(JSON.parse(stdout));
  }

  async #image(args: string[]): Promise<{ stdout: string }> {
    return run(this.#imageTool, args, { cwd: this.#folder, timeout: imageToolTimeoutMs, windowsHide: true });
  }
}

/** File of a layer below the disk in use. */
function layerFile(disk: string, layer: string): string {
  return path.join(path.dirname(disk), `data.${layer}.qcow2`);
}

/** Bytes that the disk in use and all layers occupy. */
export async function stackBytes(disk: string): Promise<number> {
  const names = await readdir(path.dirname(disk)).catch(() => [] as string[]);
  const layers = names.filter((name) => layerPattern.test(name));
  const inodes = new Set<number>();
  let bytes = 0;
  for (const name of [path.basename(disk), ...layers]) {
    const file = path.join(path.dirname(disk), name);
    const facts = await stat(file).catch(() => null);
    if (facts === null || inodes.has(facts.ino)) continue;
    inodes.add(facts.ino);
    bytes += await occupiedBytes(file);
  }
  return bytes;
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}

function notKept(why: string, cause: unknown): BerthError {
  return new BerthError({
    code: "snapshot_failed",
    message: `The data disk could not be kept as it is: ${why}.`,
    hint: "Check the free space on this computer's disk and that the VM's folder is on a file system with hard links.",
    cause,
  });
}
