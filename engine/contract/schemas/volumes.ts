import { z } from "zod";

const userSchema = z.object({ id: z.string(), name: z.string(), running: z.boolean() });

export const volumeNameSchema = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, "Use letters, digits, '_', '.' and '-', at least two characters.")
  .max(200);

export const volumeSummarySchema = z.object({
  /** The name. */
  id: z.string(),
  driver: z.string(),
  mountpoint: z.string(),
  createdAt: z.iso.datetime().nullable(),
  labels: z.record(z.string(), z.string()),
  /** Made by Docker for a container, without a name of its own. */
  anonymous: z.boolean(),
  project: z.string().nullable(),
  usedBy: z.array(userSchema),
  /** Counted on demand; null until then. */
  sizeBytes: z.number().nonnegative().nullable(),
});
export type VolumeSummary = z.infer<typeof volumeSummarySchema>;

export const volumePrunePreviewSchema = z.object({
  volumes: z.array(z.object({ id: z.string(), sizeBytes: z.number().nonnegative() })),
  freedBytes: z.number().nonnegative(),
});
export type VolumePrunePreview = z.infer<typeof volumePrunePreviewSchema>;
