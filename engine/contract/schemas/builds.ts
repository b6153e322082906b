import { z } from "zod";
import { hostPathSchema } from "./host-path.ts";

const buildSourceSchema = z.discriminatedUnion("kind", [
  /** A folder of this computer with a Dockerfile in it. */
  z.object({ kind: z.literal("folder"), path: hostPathSchema, dockerfile: z.string().max(1000).optional() }),
  /** `https://…/project.git#branch:folder` */
  z.object({
    kind: z.literal("git"),
    url: z.string().trim().min(1).max(2000),
    dockerfile: z.string().optional(),
  }),
  /** A Dockerfile alone, without files beside it. */
  z.object({ kind: z.literal("dockerfile"), content: z.string().min(1).max(1_000_000) }),
]);
export type BuildSource = z.infer<typeof buildSourceSchema>;

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "A name of letters, digits and '_'.");

export const buildSpecSchema = z.object({
  source: buildSourceSchema,
  tags: z.array(z.string().trim().min(1).max(512)).max(20).default([]),
  arguments: z.array(z.object({ name, value: z.string() })).default([]),
  target: z.string().max(200).optional(),
  platform: z.string().max(64).optional(),
  secrets: z
    .array(
      z.object({
        id: name,
        from: z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("value"), value: z.string() }),
          z.object({ kind: z.literal("file"), path: hostPathSchema }),
        ]),
      }),
    )
    .default([]),
  noCache: z.boolean().default(false),
  /** Look for newer base images. */
  pull: z.boolean().default(false),
  /** Send a context of more than a gibibyte all the same. */
  largeContext: z.boolean().default(false),
});
export type BuildSpec = z.infer<typeof buildSpecSchema>;
export type BuildSpecInput = z.input<typeof buildSpecSchema>;

const buildStateSchema = z.enum(["running", "done", "failed", "cancelled"]);

export const buildStepSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(["waiting", "running", "done", "cached", "failed", "cancelled"]),
  startedAt: z.iso.datetime().nullable(),
  ms: z.number().nonnegative().nullable(),
  detail: z.string(),
  progress: z.number().min(0).max(1).nullable(),
  error: z.string().nullable(),
});
export type BuildStep = z.infer<typeof buildStepSchema>;

/** Why a build failed, and where. */
const buildFailureSchema = z.object({
  message: z.string(),
  hint: z.string(),
  step: z.string().nullable(),
  dockerfile: z.string().nullable(),
  line: z.int().nullable(),
  /** Lines of the Dockerfile around it. */
  excerpt: z.array(z.object({ line: z.int(), text: z.string(), failed: z.boolean() })),
});
export type BuildFailure = z.infer<typeof buildFailureSchema>;

export const buildSummarySchema = z.object({
  id: z.string(),
  title: z.string(),
  /** Where it was built from, for people; secrets are named, never kept. */
  origin: z.string(),
  tags: z.array(z.string()),
  state: buildStateSchema,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  steps: z.int(),
  doneSteps: z.int(),
  cachedSteps: z.int(),
  imageId: z.string().nullable(),
  warnings: z.array(z.string()),
  failure: buildFailureSchema.nullable(),
  activity: z.string().nullable(),
  /** Can be started again as it was: it needed no secret values. */
  repeatable: z.boolean(),
});
export type BuildSummary = z.infer<typeof buildSummarySchema>;

export const buildEventSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("step"), step: buildStepSchema }),
  z.object({ kind: z.literal("log"), step: z.string(), text: z.string() }),
]);
export type BuildEvent = z.infer<typeof buildEventSchema>;
