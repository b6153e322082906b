import { z } from "zod";
import { base, byId, nothing } from "../base.ts";
import { containerNameSchema, containerSummarySchema, runSpecSchema } from "../schemas/containers.ts";
import { changesOf } from "../streams.ts";

export const containers = {
  list: base.output(z.array(containerSummarySchema)),
  watch: base.output(changesOf(containerSummarySchema)),
  /** Creates and starts a container; pulls the image first where it is missing (shown as an activity). */
  run: base.input(runSpecSchema).output(z.object({ id: z.string(), warnings: z.array(z.string()) })),
  start: base.input(byId).output(nothing),
  stop: base.input(byId).output(nothing),
  restart: base.input(byId).output(nothing),
  pause: base.input(byId).output(nothing),
  unpause: base.input(byId).output(nothing),
  kill: base.input(byId).output(nothing),
  rename: base.input(byId.extend({ name: containerNameSchema })).output(nothing),
  remove: base
    .input(byId.extend({ force: z.boolean().default(false), volumes: z.boolean().default(false) }))
    .output(nothing),
  inspect: base.input(byId).output(z.record(z.string(), z.unknown())),
};
