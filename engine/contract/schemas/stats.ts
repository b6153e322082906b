import { z } from "zod";

/** What a running container uses at one moment. Rates are since its sample before; null in its first. */
export const containerSampleSchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  /** 100 is one whole processor. */
  cpuPercent: z.number().nonnegative().nullable(),
  /** Without the page cache, which the kernel takes back when it needs it. */
  memoryBytes: z.number().nonnegative(),
  memoryLimitBytes: z.number().nonnegative(),
  processes: z.int().nonnegative(),
  receivedBytesPerSecond: z.number().nonnegative().nullable(),
  sentBytesPerSecond: z.number().nonnegative().nullable(),
  readBytesPerSecond: z.number().nonnegative().nullable(),
  writtenBytesPerSecond: z.number().nonnegative().nullable(),
});
export type ContainerSample = z.infer<typeof containerSampleSchema>;
