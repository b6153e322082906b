import { z } from "zod";

/** What the VM's files hold and take; null is what cannot be known while the VM does not run. */
export const diskUsageSchema = z.object({
  /** In use on the VM's file system. */
  guestUsedBytes: z.number().nonnegative().nullable(),
  /** What the disk's file takes on this computer. */
  hostUsedBytes: z.number().nonnegative(),
  /** The most that the disk may hold. */
  diskGiB: z.int().positive(),
  /** The saved state of a suspended VM. */
  suspendedBytes: z.number().nonnegative(),
  /** What a stopped VM keeps for a fast start. */
  warmBytes: z.number().nonnegative(),
  snapshotBytes: z.number().nonnegative(),
});
export type DiskUsage = z.infer<typeof diskUsageSchema>;

/** What giving back unused memory and disk space has brought. */
export const reclaimResultSchema = z.object({
  freedDiskBytes: z.number(),
  /** null where it cannot be measured. */
  freedMemoryBytes: z.number().nullable(),
  hostUsedBytes: z.number().nonnegative(),
  guestUsedBytes: z.number().nonnegative().nullable(),
});
export type ReclaimResult = z.infer<typeof reclaimResultSchema>;
