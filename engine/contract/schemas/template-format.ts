import { z } from "zod";

/** Version of the `x-berth` block that this schema describes; a change that old readers misread raises it. */
export const TEMPLATE_FORMAT = 1;

/** Also the name of the template's folder: lower case, safe on every file system, no path in it. */
export const templateIdSchema = z
  .string()
  .max(64, "An id has at most 64 characters.")
  .regex(
    /^[a-z0-9]+(?:[-_.][a-z0-9]+)*$/,
    "An id is made of lower-case letters, digits and single - _ or . between them.",
  );

/** Names that Compose can interpolate. */
const variableNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const variableName = z
  .string()
  .regex(variableNamePattern, "A variable's name is made of letters, digits and _.");
const serviceName = z.string().regex(/^[a-zA-Z0-9._-]{1,200}$/, "That is not a service's name.");
const shortText = z.string().max(200);
const longText = z.string().max(20_000);
const portNumber = z.int().min(1, "Ports begin at 1.").max(65_535, "Ports end at 65535.");
const scalar = z.union([z.string().max(20_000), z.number(), z.boolean()]);

const common = {
  /** What a form calls it; the name where there is none. */
  label: shortText.optional(),
  help: z.string().max(2000).optional(),
  /** Whether a run needs a value. Without it: yes, where there is no default. */
  required: z.boolean().optional(),
};

const secretVariable = z.strictObject({
  type: z.literal("secret"),
  ...common,
  /** Characters of a generated value. */
  length: z.int().min(8).max(256).optional(),
  /** False for a value that only its owner knows, such as a key of some service: it is asked for instead. */
  generate: z.boolean().optional(),
});
const portVariable = z.strictObject({
  type: z.literal("port"),
  ...common,
  default: portNumber.optional(),
  /** The container's end, for people and for the form. */
  service: serviceName.optional(),
  target: portNumber.optional(),
  protocol: z.enum(["tcp", "udp", "sctp"]).optional(),
});
const textVariable = z.strictObject({
  type: z.literal("text"),
  ...common,
  default: scalar.optional(),
  /** A regular expression that the whole value must fit. */
  pattern: z.string().max(500).optional(),
});
const numberVariable = z.strictObject({
  type: z.literal("number"),
  ...common,
  default: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
const booleanVariable = z.strictObject({
  type: z.literal("boolean"),
  ...common,
  default: z.boolean().optional(),
});
const choiceVariable = z.strictObject({
  type: z.literal("choice"),
  ...common,
  options: z
    .array(z.union([scalar, z.strictObject({ value: scalar, label: shortText })]))
    .min(1, "A choice needs options.")
    .max(200),
  default: scalar.optional(),
});
const pathVariable = z.strictObject({
  type: z.literal("path"),
  ...common,
  default: z.string().max(4096).optional(),
});

/** One variable of a template. */
const templateVariableSchema = z.discriminatedUnion("type", [
  secretVariable,
  portVariable,
  textVariable,
  numberVariable,
  booleanVariable,
  choiceVariable,
  pathVariable,
]);
export type TemplateVariable = z.infer<typeof templateVariableSchema>;

const openLink = z.strictObject({
  service: serviceName,
  port: portNumber,
  path: z.string().max(500).regex(/^\//, "A path begins with /.").optional(),
  title: shortText.optional(),
  scheme: z.enum(["http", "https"]).optional(),
});
export type OpenLink = z.infer<typeof openLink>;

/** Where a template came from; kept by importers so that nothing of the original is lost. */
const templateSource = z.looseObject({
  format: z.enum(["compose", "panamax", "portainer", "docker-run", "app"]),
  name: z.string().max(500).optional(),
});

/** Berth's part of a template: the extension `x-berth` at the top of its Compose file. */
export const templateMetadataSchema = z.strictObject({
  format: z.literal(TEMPLATE_FORMAT).optional(),
  id: templateIdSchema,
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/, "A version looks like 1.2.0.")
    .optional(),
  title: z.string().min(1).max(200),
  tagline: z.string().max(300).optional(),
  description: longText.optional(),
  categories: z.array(shortText).max(20).optional(),
  keywords: z.array(shortText).max(100).optional(),
  homepage: z
    .string()
    .max(500)
    .regex(/^https?:\/\//, "An address begins with https:// or http://.")
    .optional(),
  maintainers: z.array(shortText).max(50).optional(),
  /** A curated mark: it comes first among templates that fit a search alike. */
  recommended: z.boolean().optional(),
  variables: z.record(variableName, templateVariableSchema).optional(),
  open: z.array(openLink).max(50).optional(),
  requires: z
    .strictObject({
      memoryMiB: z.int().positive().optional(),
      diskMiB: z.int().positive().optional(),
      platforms: z
        .array(z.string().regex(/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/))
        .max(20)
        .optional(),
    })
    .optional(),
  /** Shown after the run; markdown. */
  notes: longText.optional(),
  source: templateSource.optional(),
  /** Why the template cannot run as it is, such as services that could not be fetched. */
  incomplete: z.string().max(1000).optional(),
});
export type TemplateMetadata = z.infer<typeof templateMetadataSchema>;
