import { z } from "zod";
import { base, byId, nothing } from "../base.ts";
import { buildEventSchema, buildSpecSchema, buildSummarySchema } from "../schemas/builds.ts";
import { changesOf, streamOf } from "../streams.ts";

const started = z.object({ id: z.string(), activity: z.string() });

export const builds = {
  /** Builds, newest last; they outlive the engine. */
  list: base.output(z.array(buildSummarySchema)),
  watch: base.output(changesOf(buildSummarySchema)),
  /** Checks the context and starts a build; cancel it through its activity. */
  start: base.input(buildSpecSchema).output(started),
  /** Starts a finished build again as it was. */
  repeat: base.input(byId).output(started),
  /** Steps and their logs so far, then what comes; ends with the build. */
  follow: base.input(byId).output(streamOf(buildEventSchema)),
  /** Takes a finished build off the history. */
  remove: base.input(byId).output(nothing),
};
