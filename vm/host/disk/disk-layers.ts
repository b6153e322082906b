import { link, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { BerthError } from "../errors.ts";
import { syncFile, syncFolder } from "../files/atomic-file.ts";
import { diskExists, occupiedBytes } from "./data-disk.ts";
import { putDisk, runImageTool } from "./image-tool.ts";

const imageToolTimeoutMs = 3_600_000;
const layerPattern = /^data\.([0-9a-f]{12})\.qcow2$/;

const infoSchema = z.object({ "backing-filename": z.string().optional() });

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
    try {
      await putDisk(this.#imageTool, this.#disk, { base: path.basename(this.file(layer)) });
    } catch (cause) {
      throw notKept("its new file could not be made", cause);
    }
  }

  /**
   * Removes a layer, handing what others still need of it to them. May be interrupted and begun anew at any point:
   * what others show never changes.
   */
  async remove(layer: string): Promise<void> {
    const file = this.file(layer);
    if (!(await diskExists(file))) return;
    if (await this.isPrepared(layer)) return this.forget(layer);
    const children = await this.#childrenOf(file);
    if (children.length > 1) {
      const below = await this.#below(file);
      const base = below === null ? ["-b", ""] : ["-b", below, "-F", "qcow2"];
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

  /** Resolves to what tells, for a layer, how many bytes removing it gives back, at most. */
  async removableBytes(): Promise<(layer: string) => Promise<number>> {
    const children = await this.#children();
    return async (layer) => {
      const own = await occupiedBytes(this.file(layer));
      const [child, ...more] = children.get(path.basename(this.file(layer))) ?? [];
      if (child === undefined) return own;
      // Only what the child has in its place becomes free.
      return more.length > 0 ? 0 : Math.min(own, await occupiedBytes(child));
    };
  }

  async #childrenOf(file: string): Promise<string[]> {
    return (await this.#children()).get(path.basename(file)) ?? [];
  }

  /** The files that rest on each file, by its name. */
  async #children(): Promise<Map<string, string[]>> {
    const children = new Map<string, string[]>();
    for (const file of [this.#disk, ...(await this.present()).map((layer) => this.file(layer))]) {
      const below = (await diskExists(file)) ? await this.#below(file) : null;
      if (below !== null) children.set(below, [...(children.get(below) ?? []), file]);
    }
    return children;
  }

  /** Name of the file that this one rests on. */
  async #below(file: string): Promise<string | null> {
    const info = await this.#image(["info", "--force-share", "--output=json", file]);
    const below = infoSchema.parse(JSON.parse(info))["backing-filename"];
    return below === undefined ? null : path.basename(below);
  }

  #image(args: string[]): Promise<string> {
    return runImageTool(this.#imageTool, args, { cwd: this.#folder, timeoutMs: imageToolTimeoutMs });
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

function notKept(why: string, cause: unknown): BerthError {
  return new BerthError({
    code: "snapshot_failed",
    message: `The data disk could not be kept as it is: ${why}.`,
    hint: "Check the free space on this computer's disk and that the VM's folder is on a file system with hard links.",
    cause,
  });
}
