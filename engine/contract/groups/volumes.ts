import { z } from "zod";
import { base, nothing } from "../base.ts";
import { hostPathSchema } from "../schemas/host-path.ts";
import { volumeNameSchema, volumePrunePreviewSchema, volumeSummarySchema } from "../schemas/volumes.ts";
import { changesOf, streamOf } from "../streams.ts";

const named = z.object({ name: z.string().min(1) });
const started = z.object({ activity: z.string() });

export const volumes = {
  /** Names only, for pickers. */
  names: base.output(z.array(z.string())),
  list: base.output(z.array(volumeSummarySchema)),
  watch: base.output(changesOf(volumeSummarySchema)),
  /** Counts what each volume holds; the sizes then come with the list. */
  measure: base.output(nothing),
  create: base
    .input(z.object({ name: volumeNameSchema, labels: z.record(z.string(), z.string()).default({}) }))
    .output(nothing),
  remove: base.input(named).output(nothing),
  /** A container, never started, through which the volume's files can be reached at `path` while this is read. */
  browse: base.input(named).output(streamOf(z.object({ container: z.string(), path: z.string() }))),
  /** Writes everything in it to a tar of this computer; .gz and .zst are compressed. */
  backup: base.input(named.extend({ path: hostPathSchema })).output(started),
  /** Fills a volume from a tar, all or nothing. One that holds something is emptied only with `replace`. */
  restore: base
    .input(
      z.object({
        name: volumeNameSchema,
        path: hostPathSchema,
        replace: z.boolean().default(false),
        /** Also when the backup comes from another kind of processor. */
        anyArchitecture: z.boolean().default(false),
      }),
    )
    .output(started),
  /** Copies everything into a new volume. */
  clone: base.input(named.extend({ to: volumeNameSchema })).output(started),
  /** What nobody uses: anonymous volumes, with `all` named ones too. */
  prunePreview: base.input(z.object({ all: z.boolean() })).output(volumePrunePreviewSchema),
  /** Removes exactly these volumes; one that is used meanwhile is kept. */
  prune: base
    .input(z.object({ names: z.array(z.string()).min(1).max(10_000) }))
    .output(z.object({ removed: z.int(), freedBytes: z.number(), kept: z.array(z.string()) })),
};
