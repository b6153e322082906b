import { z } from "zod";

const fileChangeSchema = z.object({
  path: z.string(),
  kind: z.enum(["added", "modified", "deleted"]),
});
export type FileChange = z.infer<typeof fileChangeSchema>;

/** What differs from the state before; of very many only the first are listed. */
export const fileChangesSchema = z.object({
  added: z.int().nonnegative(),
  modified: z.int().nonnegative(),
  deleted: z.int().nonnegative(),
  files: z.array(fileChangeSchema),
});
export type FileChanges = z.infer<typeof fileChangesSchema>;

/** A snapshot of a container's files and configuration. Notes are text written by people. */
export const versionSchema = z.object({
  /** Image id. */
  id: z.string(),
  /** 1, 2, 3, … within the container's versions. */
  number: z.int().positive(),
  /** The version this one came from; null: made of the image itself. */
  parent: z.string().nullable(),
  note: z.string(),
  createdAt: z.iso.datetime(),
  /** The image at the root, as it was named then. */
  image: z.string(),
  /** What this version alone adds on disk. */
  sizeBytes: z.number().nonnegative(),
  /** With everything it is built on. */
  totalBytes: z.number().nonnegative(),
  /** Against the parent, without the list of files. */
  changes: fileChangesSchema.omit({ files: true }),
  /** Tags that it was promoted to. */
  tags: z.array(z.string()),
  /** Names of the containers that run from it. */
  usedBy: z.array(z.string()),
  /** The container runs from it now. */
  current: z.boolean(),
});
export type Version = z.infer<typeof versionSchema>;

export const versionTreeSchema = z.object({
  container: z.object({
    id: z.string(),
    name: z.string(),
    /** Removes itself when it stops (`--rm`); it can be forked, not reverted. */
    temporary: z.boolean(),
  }),
  /** Oldest first; `parent` makes the tree. */
  versions: z.array(versionSchema),
  /** Since the version (or the image) the container runs from. */
  changes: fileChangesSchema.omit({ files: true }),
});
export type VersionTree = z.infer<typeof versionTreeSchema>;
