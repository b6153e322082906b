import { z } from "zod";
import { count } from "../docker/go-json.ts";

/** One message of Docker's "Get container stats", as far as it is used (Engine API 1.45, cgroup v1 and v2). */
export const statsAnswer = z.object({
  read: z.string(),
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: count }).nullish() }).nullish(),
  memory_stats: z
    .object({ usage: count, limit: count, stats: z.record(z.string(), count).nullish() })
    .nullish(),
  pids_stats: z.object({ current: count }).nullish(),
  networks: z.record(z.string(), z.object({ rx_bytes: count, tx_bytes: count })).nullish(),
  blkio_stats: z
    .object({
      io_service_bytes_recursive: z.array(z.object({ op: z.string(), value: count })).nullish(),
    })
    .nullish(),
});
export type StatsAnswer = z.infer<typeof statsAnswer>;
