import { z } from "zod";
import { base, byId, nothing } from "../base.ts";
import { imageDefaultsSchema, imageSummarySchema } from "../schemas/images.ts";
import { changesOf } from "../streams.ts";

export const images = {
  list: base.output(z.array(imageSummarySchema)),
  watch: base.output(changesOf(imageSummarySchema)),
  /** What the image says of itself; the image must be present. */
  defaults: base.input(z.object({ reference: z.string().min(1) })).output(imageDefaultsSchema),
  /** Starts a pull and answers at once with its activity. */
  pull: base.input(z.object({ reference: z.string().min(1) })).output(z.object({ activity: z.string() })),
  remove: base.input(byId.extend({ force: z.boolean().default(false) })).output(nothing),
};
