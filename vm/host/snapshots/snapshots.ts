import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import path from "node:path";
import { DataDisk, diskExists, occupiedBytes } from "../disk/data-disk.ts";
import { presentMarker, writeMarker } from "../disk/data-format.ts";
import { DiskLayers } from "../disk/disk-layers.ts";
import { BerthError, describeError } from "../errors.ts";
import { sizeOf } from "../files/file-size.ts";
import { containersToStart, noteContainers } from "../lifecycle/containers.ts";
import type { MachineCore } from "../lifecycle/core.ts";
import { notPossible } from "../lifecycle/states.ts";
import { suspendedError } from "../lifecycle/suspend.ts";
import type { PendingRestore, VmSnapshot } from "../types.ts";
import {
  type Catalogue,
  type CatalogueEntry,
  checkName,
  readCatalogue,
  writeCatalogue,
} from "./catalogue.ts";

const bytesPerGiB = 2 ** 30;

/**
 * Kept moments of a VM that stands still (stopped or suspended). Each step leaves the disk in use as it is or replaces
 * it in one rename, and is in the catalogue before, so that it can be ended at any point.
 */
export class Snapshots {
  readonly #core: MachineCore;

  constructor(core: MachineCore) {
    this.#core = core;
  }

  async list(): Promise<VmSnapshot[]> {
    const { snapshots } = await this.#catalogue();
    if (snapshots.length === 0) return [];
    const removable = await (await this.#layers()).removableBytes();
    return Promise.all(snapshots.map((entry) => this.#described(entry, removable)));
  }

  async pending(): Promise<PendingRestore | null> {
    return (await this.#catalogue()).pending;
  }

  /** Throws what would keep a snapshot of this name from being made. */
  async checkNew(name: string): Promise<void> {
    checkName(name);
    if (find(await this.#catalogue(), name)) throw nameTaken(name);
  }

  async create(name: string, withState: boolean): Promise<VmSnapshot> {
    await this.checkNew(name);
    const entry = await this.#keep(name, withState, false);
    return this.#described(entry, await (await this.#layers()).removableBytes());
  }

  /** Puts the disk, and the machine if it was kept, back to the snapshot's moment. */
  async restore(name: string): Promise<PendingRestore> {
    const before = await this.#catalogue();
    const wanted = find(before, name);
    if (!wanted) throw missing(name);
    if (before.pending) throw notConfirmed(before.pending);
    const replaced = freeName(before, `before-${name}`.slice(0, 48));
    await this.#keep(replaced, this.#core.status.state === "suspended", true);
    const pending = { snapshot: name, replaced, at: new Date().toISOString() };
    await this.#write({ ...(await this.#catalogue()), pending });
    await this.#putBack(wanted);
    return pending;
  }

  /** Gives up what the last restore replaced. */
  async confirm(): Promise<void> {
    const catalogue = await this.#catalogue();
    if (!catalogue.pending) return;
    await this.#write({ ...catalogue, pending: null });
    if (find(catalogue, catalogue.pending.replaced)) await this.delete(catalogue.pending.replaced);
  }

  /** Puts back what the last restore replaced. */
  async undo(): Promise<void> {
    const { pending, ...catalogue } = await this.#catalogue();
    const replaced = pending && find({ ...catalogue, pending }, pending.replaced);
    if (!pending || !replaced) throw nothingToUndo();
    await this.#putBack(replaced);
    await this.#write({ ...catalogue, pending: null });
    await this.delete(replaced.name);
  }

  async delete(name: string): Promise<void> {
    const catalogue = await this.#catalogue();
    const entry = find(catalogue, name);
    if (!entry) throw missing(name);
    const pending = catalogue.pending?.replaced === name ? null : catalogue.pending;
    await this.#write({
      ...catalogue,
      pending,
      snapshots: catalogue.snapshots.filter((other) => other !== entry),
      leaving: [...catalogue.leaving, entry.layer],
    });
    await this.#tidy();
  }

  /** Whether deleting it changes files that a running VM uses. */
  async isBelowDisk(name: string): Promise<boolean> {
    const entry = find(await this.#catalogue(), name);
    return entry !== undefined && (await (await this.#layers()).hasChildren(entry.layer));
  }

  /** Finishes what an engine before us left half done. The VM must stand still. */
  async recover(): Promise<void> {
    try {
      if ((await sizeOf(this.#core.paths.snapshots)) === null) return;
      const catalogue = await this.#catalogue();
      const layers = await this.#layers();
      const kept: CatalogueEntry[] = [];
      for (const entry of catalogue.snapshots) {
        // Announced, but the disk in use was not replaced yet: there is no such moment.
        if (await layers.isPrepared(entry.layer)) await layers.forget(entry.layer);
        else kept.push(entry);
      }
      if (kept.length < catalogue.snapshots.length) await this.#write({ ...catalogue, snapshots: kept });
      await this.#tidy();
    } catch (error) {
      this.#core.logger.warn("VM snapshots could not be tidied up", { error: describeError(error) });
    }
  }

  /** Keeps the present disk; `announce` hears under which name before anything is done. */
  async backUp(wish: string, announce: (name: string) => Promise<void>): Promise<string> {
    const name = freeName(await this.#catalogue(), wish);
    await announce(name);
    await this.#keep(name, false, true);
    return name;
  }

  /** Puts a backup back and forgets it; when there is none, it had not been made yet. */
  async rollBack(name: string): Promise<void> {
    const entry = find(await this.#catalogue(), name);
    if (!entry) return;
    await this.#replaceDisk(entry);
    await this.delete(name);
  }

  /** Removes every snapshot together with the disk they share. */
  async removeAll(): Promise<void> {
    const { paths } = this.#core;
    const layers = new DiskLayers(paths.dataDisk, "");
    for (const layer of await layers.present()) {
      await rm(layers.file(layer), { force: true });
      await rm(this.#stateFile(layer), { force: true });
    }
    await rm(paths.snapshots, { force: true });
  }

  /** Keeps the present moment. */
  async #keep(name: string, withState: boolean, automatic: boolean): Promise<CatalogueEntry> {
    const core = this.#core;
    if (!(await diskExists(core.paths.dataDisk))) throw notPossible("be kept", core.status.state);
    const inspected = withState ? await core.saved.inspect() : null;
    if (withState && inspected?.kind !== "valid")
      throw notPossible("be kept while running", core.status.state);
    const layers = await this.#layers();
    const disk = new DataDisk(core.paths.dataDisk, await this.#imageTool());
    const entry: CatalogueEntry = {
      name,
      layer: randomBytes(6).toString("hex"),
      createdAt: new Date().toISOString(),
      automatic,
      diskGiB: (await disk.virtualBytes()) / bytesPerGiB,
      dataFormat: (await presentMarker(core.paths.dataFormat, core.formats)).format,
      state: inspected?.kind === "valid" ? inspected.metadata : null,
      containers: await containersToStart(core),
    };
    if (entry.state) await core.saved.keepAs(this.#stateFile(entry.layer), entry.state);
    await layers.prepare(entry.layer);
    const catalogue = await this.#catalogue();
    await this.#write({ ...catalogue, snapshots: [...catalogue.snapshots, entry] });
    try {
      await layers.putOnTop(entry.layer);
    } catch (error) {
      await this.#write(catalogue);
      await layers.forget(entry.layer);
      await rm(this.#stateFile(entry.layer), { force: true });
      throw error;
    }
    return entry;
  }

  /** Makes the disk, the saved machine and the state what they were. */
  async #putBack(entry: CatalogueEntry): Promise<void> {
    const core = this.#core;
    await this.#replaceDisk(entry);
    await writeMarker(core.paths.dataFormat, { format: entry.dataFormat, upgrading: null });
    await noteContainers(core, entry.containers);
    if (entry.state) await core.saved.takeBack(this.#stateFile(entry.layer), entry.state);
    core.status.clearProblems();
    if (entry.state) core.tunnel.shut(suspendedError());
    await core.status.settle(entry.state ? "suspended" : "stopped");
  }

  async #replaceDisk(entry: CatalogueEntry): Promise<void> {
    const core = this.#core;
    // Nothing that was saved of the present moment fits any more.
    await core.generation.beginRun();
    await core.saved.discard();
    await core.warm.discard();
    await (await this.#layers()).putOnTop(entry.layer);
    core.status.setDiskGiB(entry.diskGiB);
  }

  /** Merges and removes the layers of deleted snapshots. */
  async #tidy(): Promise<void> {
    const { leaving } = await this.#catalogue();
    if (leaving.length === 0) return;
    const layers = await this.#layers();
    for (const layer of leaving) {
      await layers.remove(layer);
      await rm(this.#stateFile(layer), { force: true });
      const catalogue = await this.#catalogue();
      await this.#write({ ...catalogue, leaving: catalogue.leaving.filter((other) => other !== layer) });
    }
  }

  async #described(
    entry: CatalogueEntry,
    removable: (layer: string) => Promise<number>,
  ): Promise<VmSnapshot> {
    const { name, createdAt, automatic, diskGiB, state, layer } = entry;
    const stateBytes = state ? await occupiedBytes(this.#stateFile(layer)) : 0;
    const uniqueBytes = stateBytes + (await removable(layer));
    return { name, createdAt, automatic, diskGiB, withState: state !== null, uniqueBytes };
  }

  #stateFile(layer: string): string {
    return path.join(this.#core.paths.vm, `snapshot.${layer}.state`);
  }

  #catalogue(): Promise<Catalogue> {
    return readCatalogue(this.#core.paths.snapshots);
  }

  #write(catalogue: Catalogue): Promise<void> {
    return writeCatalogue(this.#core.paths.snapshots, catalogue);
  }

  #imageTool(): Promise<string> {
    return this.#core.driver.imageTool(this.#core.config().qemuDir);
  }

  async #layers(): Promise<DiskLayers> {
    return new DiskLayers(this.#core.paths.dataDisk, await this.#imageTool());
  }
}

function find(catalogue: Catalogue, name: string): CatalogueEntry | undefined {
  return catalogue.snapshots.find((entry) => entry.name === name);
}

function freeName(catalogue: Catalogue, wish: string): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wish : `${wish}-${number}`;
    if (!find(catalogue, name)) return name;
  }
}

function nameTaken(name: string): BerthError {
  return new BerthError({
    code: "snapshot_exists",
    message: `There is a VM snapshot named "${name}" already.`,
    hint: "Choose another name, or delete that snapshot first.",
  });
}

function missing(name: string): BerthError {
  return new BerthError({
    code: "snapshot_missing",
    message: `There is no VM snapshot named "${name}".`,
    hint: "See which there are with `berth snapshot list`.",
  });
}

function notConfirmed({ snapshot }: PendingRestore): BerthError {
  return new BerthError({
    code: "snapshot_pending",
    message: `The restore of the VM snapshot "${snapshot}" has been neither confirmed nor undone.`,
    hint: "Confirm or undo it first: what it replaced is still kept.",
  });
}

function nothingToUndo(): BerthError {
  return new BerthError({
    code: "snapshot_nothing_to_undo",
    message: "There is no restore of a VM snapshot that could be undone.",
    hint: "See which snapshots there are with `berth snapshot list`.",
  });
}
