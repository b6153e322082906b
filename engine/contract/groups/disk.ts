import { z } from "zod";
import { base } from "../base.ts";
import { diskUsageSchema, reclaimResultSchema } from "../schemas/disk.ts";

export const disk = {
  usage: base.output(diskUsageSchema),
  /** Gives memory and disk space that the running VM does not use back to the computer (an activity). */
  reclaim: base.output(reclaimResultSchema),
  /** Makes the VM's disk larger, while it runs or not, and stores the size as a setting. It cannot shrink. */
  grow: base.input(z.object({ diskGiB: z.int().min(4).max(4096) })).output(diskUsageSchema),
};
