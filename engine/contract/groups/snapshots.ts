import { z } from "zod";
import { base, nothing } from "../base.ts";
import { snapshotNameSchema, vmSnapshotSchema, vmSnapshotsSchema } from "../schemas/snapshots.ts";

const byName = z.object({ name: z.string().min(1) });

/** Snapshots of the whole VM. */
export const snapshots = {
  list: base.output(vmSnapshotsSchema),
  /** Keeps the present moment; without `withState` the disk alone. */
  create: base
    .input(z.object({ name: snapshotNameSchema, withState: z.boolean().default(true) }))
    .output(vmSnapshotSchema),
  /**
   * Puts the VM back to that moment. A running one is saved first, and brought up again afterwards. What is
   * replaced is kept until `confirm` or `undo`.
   */
  restore: base.input(byName).output(vmSnapshotsSchema),
  /** Gives up what the last restore replaced. */
  confirm: base.output(vmSnapshotsSchema),
  /** Takes the last restore back; what has happened in the VM since is lost. */
  undo: base.output(vmSnapshotsSchema),
  delete: base.input(byName).output(nothing),
};
