import { z } from "zod";
import { base } from "../base.ts";
import { reclaimKindSchema, spaceFreedSchema, spaceSchema } from "../schemas/space.ts";

export const space = {
  /** Counts everything; takes as long as walking through the volumes does. */
  usage: base.output(spaceSchema),
  /**
   * Removes everything unused of these kinds (shown as an activity): images that no container uses, all of the
   * build cache, anonymous volumes, stopped containers. Answers what Docker freed.
   */
  reclaim: base.input(z.object({ kinds: z.array(reclaimKindSchema).min(1) })).output(spaceFreedSchema),
};
