import { z } from "zod";
import { base } from "../base.ts";
import { containerSampleSchema } from "../schemas/stats.ts";
import { streamOf } from "../streams.ts";

export const stats = {
  /**
   * Samples of these containers, about one a second each while they run; those that do not run have none
   * until they do. All readers of a container share one measurement, which rests while there are none.
   */
  watch: base
    .input(z.object({ ids: z.array(z.string().min(1)).max(200) }))
    .output(streamOf(containerSampleSchema)),
};
