import { z } from "zod";
import { count, list } from "../docker/go-json.ts";

/** The parts of "Get data usage information" that we use. */
export const usageAnswer = z.object({
  LayersSize: count,
  Images: list(z.object({ Id: z.string(), RepoTags: z.array(z.string()).nullish(), Size: z.number() })),
  Containers: list(
    z.object({ Id: z.string(), Names: z.array(z.string()), State: z.string(), SizeRw: z.number().nullish() }),
  ),
  Volumes: list(z.object({ Name: z.string(), UsageData: z.object({ Size: z.number() }).nullish() })),
  BuildCache: list(z.object({ ID: z.string(), Size: z.number(), Shared: z.boolean(), InUse: z.boolean() })),
});
export type Usage = z.infer<typeof usageAnswer>;

/** Answer of a prune. */
export const pruneAnswer = z.object({
  SpaceReclaimed: z.number(),
  CachesDeleted: list(z.string()),
  ContainersDeleted: list(z.string()),
});
