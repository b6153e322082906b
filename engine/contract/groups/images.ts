import { z } from "zod";
import { base, byId, nothing } from "../base.ts";
import { hostPathSchema } from "../schemas/host-path.ts";
import {
  imageDefaultsSchema,
  imageDetailsSchema,
  imagePrunePreviewSchema,
  imageSummarySchema,
  lineageNodeSchema,
  removalPreviewSchema,
  updateSchema,
} from "../schemas/images.ts";
import { changesOf, streamOf } from "../streams.ts";

const reference = z.string().trim().min(1).max(512);
const started = z.object({ activity: z.string() });

export const images = {
  list: base.output(z.array(imageSummarySchema)),
  watch: base.output(changesOf(imageSummarySchema)),
  /** What the image says of itself; the image must be present. */
  defaults: base.input(z.object({ reference: z.string().min(1) })).output(imageDefaultsSchema),
  /** Everything about one image, its history included. */
  details: base.input(byId).output(imageDetailsSchema),
  /** Which image builds on which, by layers. */
  lineage: base.output(z.array(lineageNodeSchema)),
  /** Starts a pull and answers at once with its activity. */
  pull: base.input(z.object({ reference, platform: z.string().max(64).optional() })).output(started),
  /** Pushes a tag to the registry that its name says. */
  push: base.input(z.object({ reference })).output(started),
  tag: base.input(byId.extend({ reference })).output(nothing),
  /** Takes one tag off; the image stays while it has others or a container needs it. */
  untag: base.input(z.object({ reference })).output(nothing),
  /** Compares tags with what their registries hold, one answer at a time. No ids: all images. */
  updates: base
    .input(z.object({ ids: z.array(z.string()).max(10_000).optional() }))
    .output(streamOf(updateSchema)),
  removalPreview: base.input(byId).output(removalPreviewSchema),
  remove: base.input(byId.extend({ force: z.boolean().default(false) })).output(nothing),
  /** Writes images to a file of this computer; .gz and .zst are compressed. */
  save: base
    .input(z.object({ references: z.array(reference).min(1).max(500), path: hostPathSchema }))
    .output(started),
  /** Loads images from such a file, compressed or not. */
  load: base.input(z.object({ path: hostPathSchema })).output(started),
  /** Makes an image out of a tar of a root file system. */
  importRootfs: base
    .input(
      z.object({
        path: hostPathSchema,
        reference,
        /** Lines of a Dockerfile such as `CMD ["sh"]`. */
        changes: z.array(z.string().min(1).max(2000)).max(50).default([]),
      }),
    )
    .output(started),
  prunePreview: base.input(z.object({ all: z.boolean() })).output(imagePrunePreviewSchema),
  /** Removes exactly the images of a preview; answers the bytes that Docker freed. */
  prune: base
    .input(z.object({ ids: z.array(z.string()).min(1).max(10_000) }))
    .output(z.object({ removed: z.int(), freedBytes: z.number(), kept: z.array(z.string()) })),
};
