import { z } from "zod";
import { base, byId } from "../base.ts";
import { containerNameSchema } from "../schemas/containers.ts";
import { hostPathSchema } from "../schemas/host-path.ts";
import { containerArchiveSchema, importedContainerSchema } from "../schemas/transfer.ts";

/**
 * Containers to and from files of this computer. Each is shown as an activity with progress that can be cancelled,
 * and goes on when the caller leaves; the call answers when it is done. A file appears whole or not at all.
 */
export const transfer = {
  /** The file system without volumes, as a tar. */
  exportFiles: base
    .input(byId.extend({ path: hostPathSchema, overwrite: z.boolean().default(false) }))
    .output(z.object({ path: z.string(), sizeBytes: z.number() })),
  /** Image, changed files, configuration and the data of its volumes, as one archive. */
  exportContainer: base
    .input(
      byId.extend({
        path: hostPathSchema,
        overwrite: z.boolean().default(false),
        /** Halt the container while it is read, so that its files fit together. */
        pause: z.boolean().default(true),
      }),
    )
    .output(z.object({ path: z.string(), sizeBytes: z.number() })),
  /** Looks into an archive without importing it. */
  examine: base.input(z.object({ path: hostPathSchema })).output(containerArchiveSchema),
  /** Makes a container out of an archive; a taken name, port or volume name is replaced by a free one. */
  importContainer: base
    .input(
      z.object({
        path: hostPathSchema,
        name: containerNameSchema.optional(),
        start: z.boolean().default(true),
      }),
    )
    .output(importedContainerSchema),
};
