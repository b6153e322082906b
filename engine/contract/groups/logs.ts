import { z } from "zod";
import { base } from "../base.ts";
import { logItemSchema } from "../schemas/logs.ts";
import { streamOf } from "../streams.ts";

export const logs = {
  /**
   * The logs of one container, or of several merged in order of time. Follows through restarts of containers
   * and of Docker; ends by itself only when all of them were removed, or without `follow`.
   */
  follow: base
    .input(
      z.object({
        containers: z
          .array(
            z.object({
              id: z.string().min(1),
              /** Only lines after this moment, as `at` told it; then `tailLines` does not count. */
              since: z.string().nullable().default(null),
            }),
          )
          .min(1)
          .max(200),
        /** The newest lines of each container to begin with; null for all there are. */
        tailLines: z.int().min(0).nullable().default(1000),
        follow: z.boolean().default(true),
      }),
    )
    .output(streamOf(logItemSchema)),
};
