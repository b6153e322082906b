import { z } from "zod";
import { base, nothing } from "../base.ts";
import { logSourceSchema, resourceSampleSchema, statusSchema } from "../schemas/vm.ts";
import { streamOf } from "../streams.ts";

export const vm = {
  status: base.output(statusSchema),
  watch: base.output(streamOf(statusSchema)),
  start: base.input(z.object({ cold: z.boolean().default(false) })).output(nothing),
  /** Stops containers in order, then the VM; `force` ends it at once, as pulling the plug would. */
  stop: base.input(z.object({ force: z.boolean().default(false) })).output(nothing),
  restart: base.output(nothing),
  pause: base.output(nothing),
  unpause: base.output(nothing),
  suspend: base.output(nothing),
  resume: base.output(nothing),
  /** Calls off a start, resume or suspend that is under way; answers whether there was one to call off. */
  cancel: base.output(z.boolean()),
  /** Removes the VM; without `keepData` its disk with all images, containers and volumes too. */
  delete: base.input(z.object({ keepData: z.boolean() })).output(nothing),
  /** Samples about every two seconds, for as long as the stream is read. */
  resources: base.output(streamOf(resourceSampleSchema)),
  logs: base
    .input(
      z.object({
        source: logSourceSchema,
        follow: z.boolean().default(false),
        tailLines: z.int().min(0).max(100_000).default(1000),
      }),
    )
    .output(streamOf(z.string())),
};
