import { z } from "zod";

const figure = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

/** One message of Docker's "Get container stats", as far as it is used (Engine API 1.45, cgroup v1 and v2). */
export const statsAnswer = z.object({
  read: z.string(),
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: figure }).nullish() }).nullish(),
  memory_stats: z
    .object({ usage: figure, limit: figure, stats: z.record(z.string(), figure).nullish() })
    .nullish(),
  pids_stats: z.object({ current: figure }).nullish(),
  networks: z.record(z.string(), z.object({ rx_bytes: figure, tx_bytes: figure })).nullish(),
  blkio_stats: z
    .object({
      io_service_bytes_recursive: z.array(z.object({ op: z.string(), value: figure })).nullish(),
    })
    .nullish(),
});
export type StatsAnswer = z.infer<typeof statsAnswer>;
