import { z } from "zod";

export const reclaimKindSchema = z.enum(["images", "buildCache", "volumes", "containers"]);
export type ReclaimKind = z.infer<typeof reclaimKindSchema>;

/** What fills the disk in the VM, as the Docker engine counts it. */
export const spaceSchema = z.object({
  parts: z.array(
    z.object({
      id: z.enum(["images", "containers", "volumes", "buildCache", "logs"]),
      bytes: z.number().nonnegative(),
      count: z.int().nonnegative(),
    }),
  ),
  /** What a removal of everything unused of a kind would free now. */
  reclaimable: z.array(
    z.object({ kind: reclaimKindSchema, bytes: z.number().nonnegative(), count: z.int().nonnegative() }),
  ),
  /** The largest of all, to begin with. */
  largest: z.array(
    z.object({
      kind: z.enum(["image", "volume", "container", "log"]),
      id: z.string(),
      name: z.string(),
      bytes: z.number(),
    }),
  ),
});
export type Space = z.infer<typeof spaceSchema>;

export const spaceFreedSchema = z.object({
  parts: z.array(z.object({ kind: reclaimKindSchema, bytes: z.number(), count: z.int() })),
  freedBytes: z.number(),
});
export type SpaceFreed = z.infer<typeof spaceFreedSchema>;
