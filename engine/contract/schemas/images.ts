import { z } from "zod";

export const imageSummarySchema = z.object({
  id: z.string(),
  tags: z.array(z.string()),
  digests: z.array(z.string()),
  createdAt: z.iso.datetime(),
  sizeBytes: z.number().nonnegative(),
  /** Containers made from it, running or not. */
  usedBy: z.array(z.string()),
});
export type ImageSummary = z.infer<typeof imageSummarySchema>;

/** What an image says about how it wants to be run. */
export const imageDefaultsSchema = z.object({
  reference: z.string(),
  id: z.string(),
  title: z.string().nullable(),
  description: z.string().nullable(),
  command: z.array(z.string()),
  entrypoint: z.array(z.string()),
  user: z.string(),
  workingDirectory: z.string(),
  environment: z.array(z.object({ name: z.string(), value: z.string() })),
  ports: z.array(z.object({ containerPort: z.int(), protocol: z.enum(["tcp", "udp", "sctp"]) })),
  volumes: z.array(z.string()),
});
export type ImageDefaults = z.infer<typeof imageDefaultsSchema>;
