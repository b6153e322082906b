import { link, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { systemCode } from "../errors.ts";
import { syncFile, syncFolder } from "../files/atomic-file.ts";
import { readJsonFile, writeJsonFile } from "../files/json-file.ts";
import type { MachinePaths } from "../paths.ts";
import { occupiedBytes } from "./data-disk.ts";

/** What a saved state must find again to be usable (docs/vm.md, "Saved state"). */
export const savedStateMetadataSchema = z.object({
  format: z.literal(1),
  savedAt: z.string(),
  stateBytes: z.number().int().positive(),
  /** The disk as it was: any run of the VM since makes the state useless. */
  diskGeneration: z.number().int().nonnegative(),
  driver: z.string(),
  driverVersion: z.string(),
  deviceHash: z.string(),
  imageDir: z.string(),
  imageHash: z.string(),
  shape: z.object({
    cpus: z.number().int().positive(),
    memoryMiB: z.number().int().positive(),
    accelerator: z.enum(["hvf", "whpx", "kvm", "tcg"]),
  }),
  /** Digest of the configuration it was booted with; only a warm start asks for it. */
  configuration: z.string().default(""),
});
export type SavedStateMetadata = z.infer<typeof savedStateMetadataSchema>;

/** Files of one saved state. */
export interface StateFiles {
  state: string;
  partial: string;
  used: string;
  metadata: string;
}

/** Where `suspend` keeps the machine. */
export function suspendFiles(paths: MachinePaths): StateFiles {
  return {
    state: paths.suspendState,
    partial: paths.suspendStatePartial,
    used: paths.suspendStateUsed,
    metadata: paths.suspendMetadata,
  };
}

/** Where a warm stop keeps it. */
export function warmFiles(paths: MachinePaths): StateFiles {
  return {
    state: paths.warmState,
    partial: paths.warmStatePartial,
    used: paths.warmStateUsed,
    metadata: paths.warmMetadata,
  };
}

const generationSchema = z.object({ generation: z.number().int().nonnegative() });

export type SavedStateResult =
  { kind: "valid"; metadata: SavedStateMetadata } | { kind: "none" } | { kind: "unusable"; reason: string };

/**
 * A counter that goes up every time the VM begins to run. Whatever is noted with it is worth something only while
 * it still equals the counter: the disk has not changed since.
 */
export class DiskGeneration {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Null when the counter's file is damaged: then nothing that was noted can be trusted. */
  async present(): Promise<number | null> {
    const read = await readJsonFile(this.#file, generationSchema);
    if (read.kind === "missing") return 0;
    return read.kind === "value" ? read.value.generation : null;
  }

  /** To be called before the VM runs: from here on, states made earlier are void. */
  async beginRun(): Promise<void> {
    // After a damaged counter, begin above anything it can have held.
    const present = (await this.present()) ?? Math.floor(Date.now() / 1000);
    await writeJsonFile(this.#file, { generation: present + 1 });
  }
}

/** The saved state of a VM. */
export class SavedState {
  readonly #files: StateFiles;
  readonly #generation: DiskGeneration;

  constructor(files: StateFiles, generation: DiskGeneration) {
    this.#files = files;
    this.#generation = generation;
  }

  /** Where the driver writes; becomes the state with `commit`. */
  get partialFile(): string {
    return this.#files.partial;
  }

  async commit(facts: Omit<SavedStateMetadata, "format" | "savedAt" | "stateBytes" | "diskGeneration">) {
    await syncFile(this.partialFile);
    const generation = await this.#generation.present();
    const metadata: SavedStateMetadata = {
      ...facts,
      format: 1,
      savedAt: new Date().toISOString(),
      stateBytes: (await stat(this.partialFile)).size,
      diskGeneration: generation ?? 0,
    };
    await writeJsonFile(this.#files.metadata, metadata);
    await rename(this.partialFile, this.#files.state);
    await syncFolder(path.dirname(this.#files.state));
  }

  /** Looks at the state without using it. */
  async inspect(): Promise<SavedStateResult> {
    const read = await readJsonFile(this.#files.metadata, savedStateMetadataSchema);
    const bytes = await sizeOf(this.#files.state);
    if (bytes === null && read.kind === "missing") return { kind: "none" };
    if (bytes === null) return { kind: "unusable", reason: "its file is missing" };
    if (read.kind !== "value") return { kind: "unusable", reason: "its description is damaged" };
    const metadata = read.value;
    if (bytes !== metadata.stateBytes) return { kind: "unusable", reason: "its file is incomplete" };
    if ((await this.#generation.present()) !== metadata.diskGeneration) {
      return { kind: "unusable", reason: "the disk has been used since" };
    }
    return { kind: "valid", metadata };
  }

  get file(): string {
    return this.#files.state;
  }

  /** Gives the state's file a second name, under which it outlasts its use here. */
  async keepAs(file: string): Promise<void> {
    await rm(file, { force: true });
    await link(this.#files.state, file);
  }

  /** Makes a state that was kept the present one; the disk must be as it was then. */
  async takeBack(file: string, metadata: SavedStateMetadata): Promise<void> {
    await this.discard();
    await link(file, this.partialFile);
    const diskGeneration = (await this.#generation.present()) ?? 0;
    await writeJsonFile(this.#files.metadata, { ...metadata, diskGeneration });
    await rename(this.partialFile, this.#files.state);
    await syncFolder(path.dirname(this.#files.state));
  }

  /** After loading, before running: takes the state out of the way for good. */
  async consume(): Promise<void> {
    await rename(this.#files.state, this.#files.used);
    await this.#generation.beginRun();
  }

  /** A resume that ended between loading and running: the state is as good as before. */
  async restoreUnused(): Promise<void> {
    const read = await readJsonFile(this.#files.metadata, savedStateMetadataSchema);
    if (read.kind !== "value" || (await sizeOf(this.#files.state)) !== null) return;
    if ((await this.#generation.present()) !== read.value.diskGeneration) return;
    if ((await sizeOf(this.#files.used)) !== read.value.stateBytes) return;
    await rename(this.#files.used, this.#files.state);
  }

  async discardPartial(): Promise<void> {
    await rm(this.partialFile, { force: true });
  }

  async discardUsed(): Promise<void> {
    await rm(this.#files.used, { force: true });
    if ((await sizeOf(this.#files.state)) === null) {
      await rm(this.#files.metadata, { force: true });
    }
  }

  async discard(): Promise<void> {
    for (const file of [this.#files.state, this.#files.used, this.partialFile]) {
      await rm(file, { force: true });
    }
    await rm(this.#files.metadata, { force: true });
  }

  /** Bytes the state occupies; null when there is none. */
  async occupied(): Promise<number | null> {
    return (await sizeOf(this.#files.state)) === null ? null : occupiedBytes(this.#files.state);
  }
}

async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}
