import { z } from "zod";
import { base, byId, nothing } from "../base.ts";
import {
  publishedSchema,
  repositoryUpdateSchema,
  templateRepositorySchema,
} from "../schemas/template-repositories.ts";
import {
  exportedTemplateSchema,
  importedTemplateSchema,
  templateCheckSchema,
  templateDetailSchema,
  templateInstanceSchema,
  templateListSchema,
  templateSummarySchema,
  validationSchema,
} from "../schemas/templates.ts";

const absolutePath = z.string().min(1).max(4096);

/** Templates. None of these starts the VM but `run` and `export`. */
export const templates = {
  list: base.output(templateListSchema),
  /** Ranked and typo-tolerant; without words, the popular ones. */
  search: base
    .input(z.object({ words: z.string().max(500), limit: z.int().min(1).max(500).default(50) }))
    .output(z.array(templateSummarySchema)),
  show: base.input(byId).output(templateDetailSchema),
  /** A data address of a template's icon, sanitised or raster; null where it has none that is safe. */
  icon: base.input(byId).output(z.object({ icon: z.string().nullable() })),
  /** Checks a Compose file, or the one in a folder, by its path on the engine's computer. */
  validate: base.input(z.object({ path: absolutePath })).output(validationSchema),
  /**
   * Imports a file by its path, or a text with its name, into one's own templates, or as folders of `out`.
   * A file that holds several templates gives them all, or none.
   */
  import: base
    .input(
      z.object({
        from: z.union([
          z.object({ path: absolutePath }),
          z.object({ name: z.string().min(1).max(255), text: z.string() }),
        ]),
        out: absolutePath.nullable().default(null),
      }),
    )
    .output(z.object({ templates: z.array(importedTemplateSchema), collection: z.boolean() })),
  /** Checks the text of a template's Compose file, as an editor does: what is wrong, what it makes, what it may do. */
  check: base.input(z.object({ text: z.string().max(1024 * 1024) })).output(templateCheckSchema),
  /**
   * Writes one of one's own templates: a new one without `id`, else that one, whole. The text must be valid; the id
   * is the one in the text, with a suffix where a new template's is taken.
   */
  save: base
    .input(
      z.object({
        id: z.string().min(1).optional(),
        compose: z.string().max(1024 * 1024),
        readme: z
          .string()
          .max(1024 * 1024)
          .nullable()
          .optional(),
      }),
    )
    .output(z.object({ id: z.string(), dir: z.string() })),
  /** Removes one of one's own templates. */
  remove: base.input(byId).output(nothing),
  /**
   * Runs a template as an app of its own, starting the VM where needed: answers at once with the activity, which
   * ends when every service is healthy. Without a name the app gets a free one.
   */
  run: base
    .input(
      byId.extend({
        name: z.string().max(63).optional(),
        values: z.record(z.string(), z.string().max(20_000)).default({}),
        /** What becomes of an app that did not come up. */
        onFailure: z.enum(["keep", "remove"]).default("keep"),
        timeoutSeconds: z.int().min(5).max(86_400).default(600),
      }),
    )
    .output(z.object({ activity: z.string(), name: z.string() })),
  /**
   * Makes a template of an app or of chosen containers, as they run now: exact images, and secrets taken out
   * into variables, which are listed for review.
   */
  export: base
    .input(
      z.object({
        from: z.union([
          z.object({ app: z.string().min(1) }),
          z.object({ containers: z.array(z.string().min(1)).min(1).max(100) }),
        ]),
        title: z.string().min(1).max(200).optional(),
        out: absolutePath.nullable().default(null),
      }),
    )
    .output(exportedTemplateSchema),
  /** An app that was made of a template: where it answers, its notes and values. */
  instance: base.input(z.object({ name: z.string().min(1) })).output(templateInstanceSchema),
  /** The value of one of such an app's secrets. */
  secret: base
    .input(z.object({ name: z.string().min(1), variable: z.string().min(1) }))
    .output(z.object({ value: z.string() })),
  repositories: {
    list: base.output(z.array(templateRepositorySchema)),
    /** Clones a repository and uses its newest commit. A token is kept in the keychain. */
    add: base
      .input(
        z.object({
          url: z.string().min(1).max(2000),
          name: z.string().max(60).optional(),
          branch: z.string().max(200).optional(),
          token: z.object({ username: z.string().max(200), token: z.string().max(4096) }).optional(),
        }),
      )
      .output(templateRepositorySchema),
    /** Shows what is new, and uses it only when asked to. */
    update: base
      .input(z.object({ name: z.string().min(1), apply: z.boolean().default(false) }))
      .output(repositoryUpdateSchema),
    remove: base.input(z.object({ name: z.string().min(1) })).output(nothing),
  },
  /** Commits a template's folder to a branch of a repository (its name here, or its address) and pushes it. */
  publish: base
    .input(
      z.object({
        /** A folder, or the id of one of one's own templates. */
        template: z.union([z.object({ dir: absolutePath }), byId]),
        repository: z.string().min(1).max(2000),
        branch: z.string().max(200).optional(),
        message: z.string().min(1).max(2000).optional(),
        author: z.object({ name: z.string().min(1).max(200), email: z.string().min(1).max(200) }).optional(),
      }),
    )
    .output(publishedSchema),
};
