import { z } from "zod";

export const imageSummarySchema = z.object({
  id: z.string(),
  tags: z.array(z.string()),
  digests: z.array(z.string()),
  createdAt: z.iso.datetime(),
  sizeBytes: z.number().nonnegative(),
  /** How much of it other images use as well; null while Docker has not counted. */
  sharedBytes: z.number().nonnegative().nullable(),
  /** Containers made from it, running or not. */
  usedBy: z.array(z.string()),
});
export type ImageSummary = z.infer<typeof imageSummarySchema>;

/** What an image says about how it wants to be run. */
export const imageDefaultsSchema = z.object({
  reference: z.string(),
  id: z.string(),
  title: z.string().nullable(),
  description: z.string().nullable(),
  command: z.array(z.string()),
  entrypoint: z.array(z.string()),
  user: z.string(),
  workingDirectory: z.string(),
  environment: z.array(z.object({ name: z.string(), value: z.string() })),
  ports: z.array(z.object({ containerPort: z.int(), protocol: z.enum(["tcp", "udp", "sctp"]) })),
  volumes: z.array(z.string()),
});
export type ImageDefaults = z.infer<typeof imageDefaultsSchema>;

/** One line of an image's history, newest last. */
const historyEntrySchema = z.object({
  /** What made it: a line of a Dockerfile, or what an import said. */
  createdBy: z.string(),
  comment: z.string(),
  createdAt: z.iso.datetime().nullable(),
  sizeBytes: z.number().nonnegative(),
  tags: z.array(z.string()),
});
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

export const imageDetailsSchema = z.object({
  id: z.string(),
  tags: z.array(z.string()),
  digests: z.array(z.string()),
  createdAt: z.iso.datetime().nullable(),
  author: z.string(),
  architecture: z.string(),
  os: z.string(),
  sizeBytes: z.number().nonnegative(),
  command: z.array(z.string()),
  entrypoint: z.array(z.string()),
  environment: z.array(z.string()),
  workingDirectory: z.string(),
  user: z.string(),
  ports: z.array(z.string()),
  volumes: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  layerCount: z.int(),
  history: z.array(historyEntrySchema),
});
export type ImageDetails = z.infer<typeof imageDetailsSchema>;

/**
 * A place in the tree of layers: images that are exactly these layers, or layers that several images begin
 * with although no image is just them.
 */
export const lineageNodeSchema = z.object({
  id: z.string(),
  parent: z.string().nullable(),
  /** Ids of the images that are exactly this stack of layers; none for a shared base. */
  images: z.array(z.string()),
  /** Layers from the bottom up to here, and bytes that this place adds to its parent. */
  layerCount: z.int().nonnegative(),
  addedBytes: z.number().nonnegative(),
});
export type LineageNode = z.infer<typeof lineageNodeSchema>;

/** Whether the registry has something newer under a tag. */
export const updateSchema = z.object({
  reference: z.string(),
  imageId: z.string(),
  /** `local`: made here, never pulled or pushed, so there is nothing to compare with. */
  state: z.enum(["current", "available", "local", "failed"]),
  digest: z.string().nullable(),
  problem: z.string().nullable(),
});
export type ImageUpdate = z.infer<typeof updateSchema>;

/** What a removal would do, before it is done. */
export const removalPreviewSchema = z.object({
  /** Containers made from it; Docker keeps an image whose container runs. */
  containers: z.array(z.object({ id: z.string(), name: z.string(), running: z.boolean() })),
  /** Images that build on it; its layers stay for them. */
  descendants: z.array(z.object({ id: z.string(), name: z.string() })),
  /** Bytes that become free, and bytes that only the build cache still holds. */
  freedBytes: z.number().nonnegative(),
  heldByCacheBytes: z.number().nonnegative(),
});
export type RemovalPreview = z.infer<typeof removalPreviewSchema>;

export const imagePrunePreviewSchema = z.object({
  images: z.array(z.object({ id: z.string(), name: z.string(), sizeBytes: z.number() })),
  freedBytes: z.number().nonnegative(),
  heldByCacheBytes: z.number().nonnegative(),
});
export type ImagePrunePreview = z.infer<typeof imagePrunePreviewSchema>;
