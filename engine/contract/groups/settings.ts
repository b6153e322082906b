import { z } from "zod";
import { base } from "../base.ts";
import { settingsPatchSchema, settingsSchema } from "../schemas/settings.ts";
import { streamOf } from "../streams.ts";

export const settings = {
  get: base.output(settingsSchema),
  /** Changes settings, all or none; answers which of them need a restart of the VM. */
  set: base
    .input(settingsPatchSchema)
    .output(z.object({ settings: settingsSchema, needsRestart: z.array(z.string()) })),
  /** Forgets every setting: all are at their defaults again. */
  reset: base.output(settingsSchema),
  watch: base.output(streamOf(settingsSchema)),
};
