import { rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { systemCode } from "../errors.ts";
import { syncFile, syncFolder } from "../files/atomic-file.ts";
import { readJsonFile, writeJsonFile } from "../files/json-file.ts";
import type { MachinePaths } from "../paths.ts";
import { occupiedBytes } from "./data-disk.ts";

/** What a saved state must find again to be usable (docs/vm.md, "Saved state"). */
const metadataSchema = z.object({
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
});
export type SavedStateMetadata = z.infer<typeof metadataSchema>;

const generationSchema = z.object({ generation: z.number().int().nonnegative() });

export type SavedStateResult =
  { kind: "valid"; metadata: SavedStateMetadata } | { kind: "none" } | { kind: "unusable"; reason: string };

/**
 * The saved state of a suspended VM and the counter that ties it to its disk. The counter goes up every
 * time the VM begins to run; a state is worth something only while it equals the counter.
 */
export class SavedState {
  readonly #paths: MachinePaths;

  constructor(paths: MachinePaths) {
    this.#paths = paths;
  }

  /** Null when the counter's file is damaged: then no state can be trusted. */
  async generation(): Promise<number | null> {
    const read = await readJsonFile(this.#paths.diskGeneration, generationSchema);
    if (read.kind === "missing") return 0;
    return read.kind === "value" ? read.value.generation : null;
  }

  /** To be called before the VM runs: from here on, states made earlier are void. */
  async beginRun(): Promise<void> {
    // After a damaged counter, begin above anything it can have held.
    const present = (await this.generation()) ?? Math.floor(Date.now() / 1000);
    await writeJsonFile(this.#paths.diskGeneration, { generation: present + 1 });
  }

  /** Where the driver writes; becomes the state with `commit`. */
  get partialFile(): string {
    return this.#paths.suspendStatePartial;
  }

  async commit(facts: Omit<SavedStateMetadata, "format" | "savedAt" | "stateBytes" | "diskGeneration">) {
    await syncFile(this.partialFile);
    const generation = await this.generation();
    const metadata: SavedStateMetadata = {
      ...facts,
      format: 1,
      savedAt: new Date().toISOString(),
      stateBytes: (await stat(this.partialFile)).size,
      diskGeneration: generation ?? 0,
    };
    await writeJsonFile(this.#paths.suspendMetadata, metadata);
    await rename(this.partialFile, this.#paths.suspendState);
    await syncFolder(path.dirname(this.#paths.suspendState));
  }

  /** Looks at the state without using it. */
  async inspect(): Promise<SavedStateResult> {
    const read = await readJsonFile(this.#paths.suspendMetadata, metadataSchema);
    const bytes = await sizeOf(this.#paths.suspendState);
    if (bytes === null && read.kind === "missing") return { kind: "none" };
    if (bytes === null) return { kind: "unusable", reason: "its file is missing" };
    if (read.kind !== "value") return { kind: "unusable", reason: "its description is damaged" };
    const metadata = read.value;
    if (bytes !== metadata.stateBytes) return { kind: "unusable", reason: "its file is incomplete" };
    if ((await this.generation()) !== metadata.diskGeneration) {
      return { kind: "unusable", reason: "the disk has been used since" };
    }
    return { kind: "valid", metadata };
  }

  get file(): string {
    return this.#paths.suspendState;
  }

  /** After loading, before running: takes the state out of the way for good. */
  async consume(): Promise<void> {
    await rename(this.#paths.suspendState, this.#paths.suspendStateUsed);
    await this.beginRun();
  }

  /** A resume that ended between loading and running: the state is as good as before. */
  async restoreUnused(): Promise<void> {
    const read = await readJsonFile(this.#paths.suspendMetadata, metadataSchema);
    if (read.kind !== "value" || (await sizeOf(this.#paths.suspendState)) !== null) return;
    if ((await this.generation()) !== read.value.diskGeneration) return;
    if ((await sizeOf(this.#paths.suspendStateUsed)) !== read.value.stateBytes) return;
    await rename(this.#paths.suspendStateUsed, this.#paths.suspendState);
  }

  async discardPartial(): Promise<void> {
    await rm(this.partialFile, { force: true });
  }

  async discardUsed(): Promise<void> {
    await rm(this.#paths.suspendStateUsed, { force: true });
    if ((await sizeOf(this.#paths.suspendState)) === null) {
      await rm(this.#paths.suspendMetadata, { force: true });
    }
  }

  async discard(): Promise<void> {
    for (const file of [this.#paths.suspendState, this.#paths.suspendStateUsed, this.partialFile]) {
      await rm(file, { force: true });
    }
    await rm(this.#paths.suspendMetadata, { force: true });
  }

  /** Bytes the state occupies; null when there is none. */
  async occupied(): Promise<number | null> {
    return (await sizeOf(this.#paths.suspendState)) === null ? null : occupiedBytes(this.#paths.suspendState);
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
