import { z } from "zod";
import { base, byId, nothing } from "../base.ts";
import {
  downloadItemSchema,
  fileContentSchema,
  folderSchema,
  uploadEntrySchema,
  uploadItemSchema,
} from "../schemas/files.ts";
import { streamOf } from "../streams.ts";

/** Paths are absolute in the container; `id` is the container's. */
const atPath = byId.extend({ path: z.string().startsWith("/", "A path in a container starts with '/'.") });

/** Files of containers, running or not, with or without a shell. */
export const files = {
  list: base.input(atPath).output(folderSchema),
  read: base
    .input(
      atPath.extend({
        maxBytes: z
          .int()
          .min(0)
          .max(16 * 1024 * 1024)
          .default(2 * 1024 * 1024),
      }),
    )
    .output(fileContentSchema),
  /** Writes a whole file and keeps owner and mode of the one before. */
  write: base
    .input(
      atPath.extend({
        /** base64 */
        data: z.string(),
        /** What `read` told; refused where the file changed since. Null: make a new file. */
        expected: z.object({ modifiedAt: z.iso.datetime(), sizeBytes: z.number() }).nullable(),
      }),
    )
    .output(nothing),
  makeFolder: base.input(atPath).output(nothing),
  /** Removes files, and folders with everything in them. */
  remove: base
    .input(byId.extend({ paths: z.array(z.string().startsWith("/")).min(1).max(1000) }))
    .output(nothing),
  /** A file as it is; a folder as a tar. */
  download: base
    .input(byId.extend({ path: z.string().startsWith("/") }))
    .output(streamOf(downloadItemSchema)),
  /**
   * Puts files into a folder, over those of the same names. The caller sends their bytes with `uploadData` once
   * it is `ready`; leaving the stream before it is `done` cancels.
   */
  upload: base
    .input(atPath.extend({ session: z.uuid(), entries: z.array(uploadEntrySchema).min(1).max(20_000) }))
    .output(streamOf(uploadItemSchema)),
  /** The next bytes (base64) of the files, one after the other; answers once there is room for more. */
  uploadData: base.input(z.object({ session: z.uuid(), data: z.string() })).output(nothing),
};
