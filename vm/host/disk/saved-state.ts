import { constants, copyFile, link, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { syncFile, syncFolder } from "../files/atomic-file.ts";
import { sizeOf } from "../files/file-size.ts";
import { readJsonFile, writeJsonFile } from "../files/json-file.ts";
import type { MachinePaths } from "../paths.ts";
import { occupiedBytes } from "./data-disk.ts";
import { sparseDigest } from "./sparse-digest.ts";

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
  /** Who wrote it: QEMU (to a file of its own), or the guest's kernel (to its hibernation disk). */
  method: z.enum(["migrate", "hibernate"]).default("migrate"),
  /** Check sum of the file's data; null until it has been read again after the writing. */
  digest: z.string().nullable().default(null),
  /** Digest of the configuration it was booted with; only a warm start asks for it. */
  configuration: z.string().default(""),
});
/** What a driver and the machine tell of a state. */
export type SavedStateFacts = Omit<
  SavedStateMetadata,
  "format" | "savedAt" | "stateBytes" | "diskGeneration" | "method" | "digest"
>;

export type SavedStateMetadata = z.infer<typeof savedStateMetadataSchema>;

/** Files of one saved state. */
export interface StateFiles {
  state: string;
  partial: string;
  used: string;
  metadata: string;
  /** The guest's own disk for it, if there is one. */
  hibernation?: { disk: string; announced: string };
}

/** Where `suspend` keeps the machine. */
export function suspendFiles(paths: MachinePaths): StateFiles {
  return {
    state: paths.suspendState,
    partial: paths.suspendStatePartial,
    used: paths.suspendStateUsed,
    metadata: paths.suspendMetadata,
    hibernation: { disk: paths.hibernationDisk, announced: paths.hibernationAnnounced },
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

  async commit(facts: SavedStateFacts): Promise<void> {
    await this.#adopt(this.partialFile, await this.#describe(facts, "migrate"));
  }

  /** Before the guest is asked to hibernate: should nobody be there when it is done, this tells what it was. */
  async announceHibernation(facts: SavedStateFacts): Promise<void> {
    await writeJsonFile(this.#hibernation.announced, await this.#describe(facts, "hibernate"));
  }

  /** Whether a hibernation was begun that belongs to the disk as it is. */
  async hibernationAnnounced(): Promise<boolean> {
    const read = await readJsonFile(this.#hibernation.announced, savedStateMetadataSchema);
    return read.kind === "value" && read.value.diskGeneration === (await this.#generation.present());
  }

  /** The guest has written its image and is off: the disk with it becomes the state. */
  async commitHibernation(): Promise<void> {
    const read = await readJsonFile(this.#hibernation.announced, savedStateMetadataSchema);
    if (read.kind !== "value") throw new Error("no hibernation has been announced");
    await this.#adopt(this.#hibernation.disk, read.value);
  }

  async forgetHibernation(): Promise<void> {
    await rm(this.#hibernation.announced, { force: true });
  }

  get #hibernation(): { disk: string; announced: string } {
    if (!this.#files.hibernation) throw new Error("this state is none that a guest writes");
    return this.#files.hibernation;
  }

  async #describe(facts: SavedStateFacts, method: SavedStateMetadata["method"]): Promise<SavedStateMetadata> {
    const diskGeneration = (await this.#generation.present()) ?? 0;
    const savedAt = new Date().toISOString();
    return { ...facts, method, format: 1, savedAt, stateBytes: 1, diskGeneration, digest: null };
  }

  async #adopt(file: string, metadata: SavedStateMetadata): Promise<void> {
    await syncFile(file);
    const stateBytes = (await stat(file)).size;
    await writeJsonFile(this.#files.metadata, { ...metadata, stateBytes });
    await rename(file, this.#files.state);
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

  /** Notes the check sum of the state, which is whole already. */
  async seal(imageTool: string): Promise<void> {
    const read = await readJsonFile(this.#files.metadata, savedStateMetadataSchema);
    if (read.kind !== "value") return;
    const digest = await sparseDigest(this.#files.state, imageTool);
    await writeJsonFile(this.#files.metadata, { ...read.value, digest });
  }

  /** Whether the file still is what was written. One that was never sealed is believed. */
  async isIntact(metadata: SavedStateMetadata, imageTool: string): Promise<boolean> {
    return metadata.digest === null || metadata.digest === (await sparseDigest(this.#files.state, imageTool));
  }

  get file(): string {
    return this.#files.state;
  }

  /** Keeps the state under a second name, under which it outlasts its use here. */
  async keepAs(file: string, metadata: SavedStateMetadata): Promise<void> {
    await rm(file, { force: true });
    await share(this.#files.state, file, metadata);
  }

  /** Makes a state that was kept the present one; the disk must be as it was then. */
  async takeBack(file: string, metadata: SavedStateMetadata): Promise<void> {
    await this.discard();
    await share(file, this.partialFile, metadata);
    const diskGeneration = (await this.#generation.present()) ?? 0;
    await writeJsonFile(this.#files.metadata, { ...metadata, diskGeneration });
    await rename(this.partialFile, this.#files.state);
    await syncFolder(path.dirname(this.#files.state));
  }

  /** After loading, before running: takes the state out of the way for good. */
  async consume(): Promise<void> {
    await rename(this.#files.state, await this.#usedFile());
    await this.#generation.beginRun();
  }

  /** A resume that ended between loading and running: the state is as good as before. */
  async restoreUnused(): Promise<void> {
    const read = await readJsonFile(this.#files.metadata, savedStateMetadataSchema);
    if (read.kind !== "value" || (await sizeOf(this.#files.state)) !== null) return;
    if ((await this.#generation.present()) !== read.value.diskGeneration) return;
    const used = await this.#usedFile();
    if ((await sizeOf(used)) !== read.value.stateBytes) return;
    await rename(used, this.#files.state);
  }

  /** A guest goes on from the very disk that it hibernated to. */
  async #usedFile(): Promise<string> {
    const read = await readJsonFile(this.#files.metadata, savedStateMetadataSchema);
    const own = read.kind === "value" && read.value.method === "hibernate";
    return own ? this.#hibernation.disk : this.#files.used;
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

/** A second file with the content of the first: the same one, unless it will be written to when it is used. */
async function share(file: string, other: string, { method }: SavedStateMetadata): Promise<void> {
  if (method === "hibernate") await copyFile(file, other, constants.COPYFILE_FICLONE);
  else await link(file, other);
}
