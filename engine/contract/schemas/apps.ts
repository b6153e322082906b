import { z } from "zod";
import { portBindingSchema } from "./containers.ts";

/** What Compose takes for a project's name. */
export const projectNameSchema = z
  .string()
  .max(63, "At most 63 characters.")
  .regex(
    /^[a-z0-9][a-z0-9_-]*$/,
    "Use lower-case letters, digits, '_' and '-', beginning with a letter or digit.",
  );
export const serviceNameSchema = z
  .string()
  .regex(/^[a-zA-Z0-9._-]+$/, "Use letters, digits, '.', '_' and '-'.");

/** `absent`: known, but nothing of it was created. `partial`: some services run, others do not. */
export const appStateSchema = z.enum(["running", "partial", "paused", "stopped", "failed", "absent"]);
export type AppState = z.infer<typeof appStateSchema>;

export const appHealthSchema = z.enum(["starting", "healthy", "unhealthy"]).nullable();

export const appServiceSchema = z.object({
  name: z.string(),
  image: z.string().nullable(),
  /** Its image is built from a folder of the project. */
  builds: z.boolean(),
  state: appStateSchema,
  health: appHealthSchema,
  /** Ids of its containers, by number. */
  containers: z.array(z.string()),
});
export type AppService = z.infer<typeof appServiceSchema>;

export const appPortSchema = portBindingSchema.extend({ service: z.string(), hostPort: z.int() });
export type AppPort = z.infer<typeof appPortSchema>;

/** A Compose project, or one container of its own. Names and images are text written by strangers. */
export const appSchema = z.object({
  /** `project:NAME` or `container:ID`. */
  id: z.string(),
  kind: z.enum(["project", "container"]),
  name: z.string(),
  state: appStateSchema,
  health: appHealthSchema,
  /** Since when the first of its running containers runs. */
  startedAt: z.iso.datetime().nullable(),
  services: z.array(appServiceSchema),
  /** Published ports of what runs. */
  ports: z.array(appPortSchema),
  /**
   * Where its Compose file comes from: a `folder` of this computer, a folder with only a `dockerfile`, `files`
   * that Berth keeps itself, or `elsewhere`, when another program ran it.
   */
  source: z.object({
    kind: z.enum(["folder", "dockerfile", "files", "elsewhere"]),
    /** Null where no folder of this computer is known. */
    folder: z.string().nullable(),
  }),
  template: z.object({ id: z.string(), version: z.string().nullable(), title: z.string() }).nullable(),
  /** What a person should know, such as work that was cut short. */
  problem: z.string().nullable(),
});
export type App = z.infer<typeof appSchema>;

/** Something wrong with a Compose file. Lines and columns count from 1. */
export const composeProblemSchema = z.object({
  severity: z.enum(["error", "warning"]),
  message: z.string(),
  file: z.string(),
  line: z.int().nullable(),
  column: z.int().nullable(),
});
export type ComposeProblem = z.infer<typeof composeProblemSchema>;

/** What a folder holds, found out without running anything. */
export const folderExaminationSchema = z.object({
  folder: z.string(),
  name: z.string(),
  kind: z.enum(["folder", "dockerfile"]),
  /** Compose files, or the Dockerfile, relative to the folder. */
  files: z.array(z.string()),
  services: z.array(z.string()),
  /** Variables that the Compose files use. */
  variables: z.array(z.string()),
  problems: z.array(composeProblemSchema),
});
export type FolderExamination = z.infer<typeof folderExaminationSchema>;

/** One file of a project as the editor shows it. */
export const projectFileSchema = z.object({
  name: z.string(),
  text: z.string(),
  /** Tells whether somebody else changed it meanwhile. */
  revision: z.string(),
});
export type ProjectFile = z.infer<typeof projectFileSchema>;

export const variableSchema = z.object({
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "Use letters, digits and '_'."),
  value: z.string(),
});
