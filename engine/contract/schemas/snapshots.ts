import { z } from "zod";
import { pendingRestoreSchema } from "./vm.ts";

export const snapshotNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "1 to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit.",
  );

/** A kept moment of the whole VM. */
export const vmSnapshotSchema = z.object({
  name: z.string(),
  createdAt: z.iso.datetime(),
  /** The running machine is in it too. */
  withState: z.boolean(),
  /** Made by a restore, to keep what it replaced. */
  automatic: z.boolean(),
  diskGiB: z.int().positive(),
  /** What deleting it would give back. */
  uniqueBytes: z.number().nonnegative(),
});
export type VmSnapshot = z.infer<typeof vmSnapshotSchema>;

export const vmSnapshotsSchema = z.object({
  /** Oldest first. */
  snapshots: z.array(vmSnapshotSchema),
  pendingRestore: pendingRestoreSchema.nullable(),
});
export type VmSnapshots = z.infer<typeof vmSnapshotsSchema>;
