import { z } from "zod";
import { base, nothing } from "../base.ts";
import { powerEventSchema, powerReportSchema } from "../schemas/power.ts";
import { streamOf } from "../streams.ts";

export const power = {
  /**
   * Tells what happens to the computer. Answers when what follows from it is done: before a sleep the VM stands
   * still, after a wake it is in order again, before a shutdown it is on disk.
   */
  event: base.input(z.object({ event: powerEventSchema })).output(nothing),
  /** When the VM suspends by itself, or why it does not. */
  get: base.output(powerReportSchema),
  watch: base.output(streamOf(powerReportSchema)),
};
