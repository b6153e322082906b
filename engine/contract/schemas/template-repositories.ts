import { z } from "zod";

export const templateRepositorySchema = z.object({
  name: z.string(),
  url: z.string(),
  branch: z.string().nullable(),
  /** The commit in use. */
  commit: z.string(),
  updatedAt: z.iso.datetime(),
  templates: z.int().nonnegative(),
  private: z.boolean(),
  /** What is wrong with it; its templates stay as they were last good. */
  problem: z.string().nullable(),
});
export type TemplateRepository = z.infer<typeof templateRepositorySchema>;

export const repositoryUpdateSchema = z.object({
  name: z.string(),
  from: z.string(),
  to: z.string(),
  /** Whether the new commit does not follow the one in use: the repository's past was written anew. */
  rewritten: z.boolean(),
  added: z.array(z.string()),
  removed: z.array(z.string()),
  changed: z.array(z.string()),
  /** What changed, as git shows it; cut where it is long. */
  diff: z.string(),
  /** Whether it is in use now; otherwise it was only looked at. */
  applied: z.boolean(),
  problem: z.string().nullable(),
});
export type RepositoryUpdate = z.infer<typeof repositoryUpdateSchema>;

export const publishedSchema = z.object({
  repository: z.string(),
  branch: z.string(),
  commit: z.string(),
  id: z.string(),
});
export type PublishedTemplate = z.infer<typeof publishedSchema>;
