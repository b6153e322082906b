import { z } from "zod";
import { base, byId } from "../base.ts";
import {
  configurationSchema,
  editableConfigurationSchema,
  parsedRunLineSchema,
  recreatedSchema,
} from "../schemas/configuration.ts";
import { portBindingSchema } from "../schemas/containers.ts";

/**
 * Containers as what they were made of. What takes long is shown as an activity that can be cancelled, and goes on
 * when the caller leaves; the call answers when it is done.
 */
export const configuration = {
  read: base.input(byId).output(editableConfigurationSchema),
  /** The same as a `docker run` line and as a Compose file. */
  render: base.input(configurationSchema).output(z.object({ dockerRun: z.string(), compose: z.string() })),
  /** Reads a pasted `docker run` line. */
  parse: base.input(z.object({ line: z.string().max(100_000) })).output(parsedRunLineSchema),
  /** Creates and starts a container; ports without a number get a free one, which is told. */
  run: base
    .input(configurationSchema)
    .output(recreatedSchema.extend({ name: z.string(), ports: z.array(portBindingSchema) })),
  /**
   * Puts a container made of `configuration` in the place of this one, with its volumes. When the new one does not
   * come up (healthy, or running for a while), the old one serves again and `recreate_failed` says why.
   */
  apply: base
    .input(
      byId.extend({
        configuration: configurationSchema,
        /** Get the newest image of that name first. */
        pull: z.boolean().default(false),
        /** How long the new one may take to come up; null: as its health check says. */
        waitSeconds: z.number().min(0).max(3600).nullable().default(null),
      }),
    )
    .output(recreatedSchema),
  /** Gets the newest image of the container's tag and recreates it where that is another one. */
  update: base.input(byId).output(recreatedSchema.extend({ updated: z.boolean() })),
};
