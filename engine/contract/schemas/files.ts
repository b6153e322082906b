import { z } from "zod";

const fileKindSchema = z.enum(["file", "directory", "symlink", "device", "pipe", "socket"]);
export type FileKind = z.infer<typeof fileKindSchema>;

/** An entry of a folder in a container. Names are text written by strangers. */
const fileEntrySchema = z.object({
  name: z.string(),
  kind: fileKindSchema,
  sizeBytes: z.number().nonnegative(),
  /** Permission bits with set-user-id, set-group-id and sticky. */
  mode: z.int(),
  uid: z.int(),
  gid: z.int(),
  modifiedAt: z.iso.datetime(),
  /** Where a symbolic link points. */
  target: z.string().nullable(),
  /** Against the image. `deleted` entries are in the image and not in the container any more. */
  change: z.enum(["added", "modified", "deleted"]).nullable(),
});
export type FileEntry = z.infer<typeof fileEntrySchema>;

export const folderSchema = z.object({
  /** The folder that was read, links resolved. */
  path: z.string(),
  entries: z.array(fileEntrySchema),
  /** Entries beyond those listed. */
  omitted: z.int().nonnegative(),
});
export type Folder = z.infer<typeof folderSchema>;

/** The beginning of a file; `data` is base64. */
export const fileContentSchema = z.object({
  path: z.string(),
  data: z.string(),
  sizeBytes: z.number().nonnegative(),
  mode: z.int(),
  modifiedAt: z.iso.datetime(),
  /** More follows in the file than was read. */
  truncated: z.boolean(),
});
export type FileContent = z.infer<typeof fileContentSchema>;

/** What an upload brings, in the order in which the files' bytes are sent. */
export const uploadEntrySchema = z.object({
  /** Relative to the folder; parts are joined by `/`. */
  path: z.string().min(1),
  kind: z.enum(["file", "directory"]),
  sizeBytes: z.int().nonnegative(),
  modifiedAt: z.iso.datetime().nullable(),
});
export type UploadEntry = z.infer<typeof uploadEntrySchema>;

export const downloadItemSchema = z.discriminatedUnion("kind", [
  /** First: the name to save under, and the size of what comes, where it is known. */
  z.object({ kind: z.literal("begin"), name: z.string(), sizeBytes: z.number().nullable() }),
  /** base64 */
  z.object({ kind: z.literal("data"), data: z.string() }),
]);
export type DownloadItem = z.infer<typeof downloadItemSchema>;

export const uploadItemSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("done") }),
]);
export type UploadItem = z.infer<typeof uploadItemSchema>;
