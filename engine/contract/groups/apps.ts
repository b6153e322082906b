import { z } from "zod";
import { base } from "../base.ts";
import {
  appSchema,
  composeProblemSchema,
  folderExaminationSchema,
  projectFileSchema,
  projectNameSchema,
  serviceNameSchema,
  variableSchema,
} from "../schemas/apps.ts";
import { changesOf } from "../streams.ts";

const project = z.object({ name: projectNameSchema });
/** Without services: all of them. */
const some = project.extend({ services: z.array(serviceNameSchema).default([]) });
const one = project.extend({ service: serviceNameSchema });
/** The work goes on as an activity, whatever becomes of the caller. */
const started = z.object({ activity: z.string() });

export const apps = {
  list: base.output(z.array(appSchema)),
  watch: base.output(changesOf(appSchema)),
  /** Looks at a folder of this computer: its Compose files, or its Dockerfile. Needs no VM. */
  examine: base
    .input(z.object({ folder: z.string().min(1), name: projectNameSchema.optional() }))
    .output(folderExaminationSchema),
  /** Makes a project of a folder known without running it. */
  add: base
    .input(z.object({ folder: z.string().min(1), name: projectNameSchema.optional() }))
    .output(project),
  /**
   * Creates and starts a project: of a folder, or one that is known. `build` makes images anew where what they
   * are made of changed, `recreate` makes all containers anew. Starts the VM where it does not run.
   */
  up: base
    .input(
      z.object({
        folder: z.string().min(1).optional(),
        name: projectNameSchema.optional(),
        services: z.array(serviceNameSchema).default([]),
        /** `auto` builds what changed, `always` asks the builder in any case, `never` takes what is there. */
        build: z.enum(["auto", "always", "never"]).default("auto"),
        recreate: z.boolean().default(false),
        variables: z.array(variableSchema).optional(),
      }),
    )
    .output(started.extend({ name: z.string() })),
  /** Removes the project's containers and networks, with `volumes` its volumes too; `forget` takes it off the list. */
  down: base
    .input(project.extend({ volumes: z.boolean().default(false), forget: z.boolean().default(false) }))
    .output(started),
  start: base.input(some).output(started),
  stop: base.input(some).output(started),
  restart: base.input(some).output(started),
  pause: base.input(some).output(started),
  unpause: base.input(some).output(started),
  /** Gets the newest images of services that are not built. */
  pull: base.input(some).output(started),
  /** Builds one service anew, without the cache if asked, and recreates only its containers. */
  rebuild: base.input(one.extend({ cache: z.boolean().default(true) })).output(started),
  scale: base.input(one.extend({ replicas: z.int().min(0).max(100) })).output(started),
  /** The files of a known project that can be edited, the Compose file first. */
  files: base.input(project).output(z.array(projectFileSchema)),
  /** Writes one of them; fails when it changed since `revision`. */
  save: base
    .input(project.extend({ file: z.string(), text: z.string().max(1_000_000), revision: z.string() }))
    .output(projectFileSchema),
  /**
   * What is wrong with a Compose file, as Compose itself sees it. `complete` is false when Compose could not
   * be asked because the VM does not run.
   */
  validate: base
    .input(project.extend({ file: z.string(), text: z.string().max(1_000_000) }))
    .output(z.object({ complete: z.boolean(), problems: z.array(composeProblemSchema) })),
};
