import { z } from "zod";
import { templateIdSchema, templateMetadataSchema } from "./template-format.ts";

/** Something wrong, or worth knowing, at a place in a template's file. Lines and columns begin at 1. */
const templateFindingSchema = z.object({
  severity: z.enum(["error", "warning"]),
  code: z.string(),
  /** Path of the file as it was given, or relative to the template's folder. */
  file: z.string(),
  line: z.int().min(1),
  column: z.int().min(1),
  /** The keys that lead to it, such as `services.web.ports.0`; empty for the whole file. */
  path: z.string(),
  message: z.string(),
  /** What to do about it. */
  fix: z.string(),
});
export type TemplateFinding = z.infer<typeof templateFindingSchema>;

export const validationSchema = z.object({
  valid: z.boolean(),
  file: z.string(),
  id: z.string().nullable(),
  findings: z.array(templateFindingSchema),
});
export type TemplateValidation = z.infer<typeof validationSchema>;

/** A loss, or a change worth knowing, of an import. */
const importWarningSchema = z.object({
  /** Null for the template as a whole. */
  service: z.string().nullable(),
  field: z.string(),
  message: z.string(),
});
export type ImportWarning = z.infer<typeof importWarningSchema>;

export const importedTemplateSchema = z.object({
  id: templateIdSchema,
  dir: z.string(),
  services: z.int().nonnegative(),
  warnings: z.array(importWarningSchema),
  /** An env file with the original values of this import, readable by its owner alone, beside the folder. */
  valuesFile: z.string().nullable(),
});
export type ImportedTemplate = z.infer<typeof importedTemplateSchema>;

const riskSchema = z.object({
  kind: z.enum([
    "privileged",
    "docker-socket",
    "host-mount",
    "host-network",
    "host-namespace",
    "capability",
    "device",
    "security-option",
    "published",
    "unpinned-image",
    "unknown-image",
    "user",
    "build",
  ]),
  /** How much it can do: `high` is as good as root of the VM. */
  level: z.enum(["high", "medium", "low"]),
  service: z.string(),
  /** What exactly, such as the host's path or the capability's name. */
  detail: z.string(),
  /** One sentence in plain words. */
  message: z.string(),
});
export type Risk = z.infer<typeof riskSchema>;

/** Where a template is kept: it came with Berth, is the user's own, or comes from a repository. */
const templateOriginSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("built-in") }),
  z.object({ kind: z.literal("own") }),
  z.object({ kind: z.literal("repository"), repository: z.string() }),
]);
export type TemplateOrigin = z.infer<typeof templateOriginSchema>;

export const templateSummarySchema = z.object({
  /** What commands take: the template's id, of a repository's template `repository/id`. */
  id: z.string(),
  title: z.string(),
  tagline: z.string(),
  version: z.string().nullable(),
  categories: z.array(z.string()),
  keywords: z.array(z.string()),
  origin: templateOriginSchema,
  recommended: z.boolean(),
  /** How often it was run here. */
  runs: z.int().nonnegative(),
  services: z.array(z.string()),
  images: z.array(z.string()),
  hasIcon: z.boolean(),
  incomplete: z.string().nullable(),
});
export type TemplateSummary = z.infer<typeof templateSummarySchema>;

/** One service as the picture of a template shows it. */
const templateServiceSchema = z.object({
  name: z.string(),
  image: z.string().nullable(),
  builds: z.boolean(),
  /** Services that it needs. */
  dependsOn: z.array(z.string()),
  networks: z.array(z.string()),
  volumes: z.array(z.string()),
  ports: z.array(z.object({ target: z.string(), published: z.string().nullable(), protocol: z.string() })),
  replicas: z.int().nullable(),
  healthcheck: z.boolean(),
});
export type TemplateService = z.infer<typeof templateServiceSchema>;

/** What an editor shows beside a template's text. */
export const templateCheckSchema = z.object({
  validation: validationSchema,
  /** Null while the text has mistakes. */
  result: z
    .object({
      metadata: templateMetadataSchema,
      services: z.array(templateServiceSchema),
      networks: z.array(z.string()),
      volumes: z.array(z.string()),
      risks: z.array(riskSchema),
    })
    .nullable(),
});
export type TemplateCheck = z.infer<typeof templateCheckSchema>;

export const templateDetailSchema = z.object({
  summary: templateSummarySchema,
  metadata: templateMetadataSchema,
  /** Folder on this computer. */
  dir: z.string(),
  compose: z.string(),
  /** Markdown written by strangers. */
  readme: z.string().nullable(),
  /** A data address of a sanitised or raster icon. */
  icon: z.string().nullable(),
  services: z.array(templateServiceSchema),
  networks: z.array(z.string()),
  volumes: z.array(z.string()),
  files: z.array(z.string()),
  risks: z.array(riskSchema),
  findings: z.array(templateFindingSchema),
});
export type TemplateDetail = z.infer<typeof templateDetailSchema>;

const categoryCountSchema = z.object({ name: z.string(), count: z.int().positive() });

export const templateListSchema = z.object({
  templates: z.array(templateSummarySchema),
  categories: z.array(categoryCountSchema),
  /** Folders that hold no usable template, with the reason. */
  broken: z.array(z.object({ dir: z.string(), origin: templateOriginSchema, message: z.string() })),
});
export type TemplateList = z.infer<typeof templateListSchema>;

/** An app that was made of a template. */
export const templateInstanceSchema = z.object({
  name: z.string(),
  template: z.object({ id: z.string(), version: z.string().nullable(), title: z.string() }),
  /** Addresses of this computer where the app answers now. */
  open: z.array(z.object({ title: z.string(), url: z.string() })),
  /** Markdown written by strangers. */
  notes: z.string().nullable(),
  variables: z.record(z.string(), z.string()),
  /** Names of the secrets. */
  secrets: z.array(z.string()),
});
export type TemplateInstance = z.infer<typeof templateInstanceSchema>;

/** A secret that an export took out: which variable stands for it, and where it was. Never its value. */
const exportedSecretSchema = z.object({
  variable: z.string(),
  service: z.string(),
  field: z.string(),
});
export type ExportedSecret = z.infer<typeof exportedSecretSchema>;

export const exportedTemplateSchema = importedTemplateSchema.extend({
  secrets: z.array(exportedSecretSchema),
});
export type ExportedTemplate = z.infer<typeof exportedTemplateSchema>;
