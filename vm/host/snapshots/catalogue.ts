import { z } from "zod";
import { BerthError } from "../errors.ts";
import { readJsonFile, writeJsonFile } from "../files/json-file.ts";
import { savedStateMetadataSchema } from "../disk/saved-state.ts";

const entrySchema = z.object({
  name: z.string(),
  /** Names the layer of the disk and the state's file. */
  layer: z.string().regex(/^[0-9a-f]{12}$/),
  createdAt: z.string(),
  automatic: z.boolean(),
  diskGiB: z.number(),
  dataFormat: z.number().int().positive(),
  /** The machine that belongs to it; null when only the disk was kept. */
  state: savedStateMetadataSchema.nullable(),
  /** Containers that the next start would have brought back. */
  containers: z.array(z.string()),
});
export type CatalogueEntry = z.infer<typeof entrySchema>;

const pendingSchema = z.object({ snapshot: z.string(), replaced: z.string(), at: z.string() });

const catalogueSchema = z.object({
  format: z.literal(1),
  snapshots: z.array(entrySchema),
  /** Layers of deleted snapshots that are not merged yet. */
  leaving: z.array(z.string()),
  pending: pendingSchema.nullable(),
});
export type Catalogue = z.infer<typeof catalogueSchema>;

const empty: Catalogue = { format: 1, snapshots: [], leaving: [], pending: null };

/** What is known of the kept moments. Throws `snapshots_damaged`: layers of the disk hang on it, so nothing is guessed. */
export async function readCatalogue(file: string): Promise<Catalogue> {
  const read = await readJsonFile(file, catalogueSchema);
  if (read.kind === "missing") return empty;
  if (read.kind === "value") return read.value;
  throw new BerthError({
    code: "snapshots_damaged",
    message: `The list of VM snapshots ${file} is damaged.`,
    hint: "The VM itself is not affected. Put a backup of the file in its place to use the snapshots again.",
    cause: read.cause,
  });
}

export function writeCatalogue(file: string, catalogue: Catalogue): Promise<void> {
  return writeJsonFile(file, catalogue);
}

/** Throws `snapshot_name_invalid`. */
export function checkName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return;
  throw new BerthError({
    code: "snapshot_name_invalid",
    message: "That is no name for a VM snapshot.",
    hint: "Use 1 to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit.",
  });
}
