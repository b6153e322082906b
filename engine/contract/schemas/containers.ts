import { z } from "zod";

export const portBindingSchema = z.object({
  /** Empty means every interface of the guest, shown on 127.0.0.1 of the host. */
  hostIp: z.string(),
  hostPort: z.int().min(0).max(65535).nullable(),
  containerPort: z.int().min(1).max(65535),
  protocol: z.enum(["tcp", "udp", "sctp"]),
});
export type PortBinding = z.infer<typeof portBindingSchema>;

export const containerStateSchema = z.enum([
  "created",
  "running",
  "paused",
  "restarting",
  "removing",
  "exited",
  "dead",
]);
export type ContainerState = z.infer<typeof containerStateSchema>;

/** One row of the container list. Names, labels and commands are text written by strangers. */
export const containerSummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  image: z.string(),
  imageId: z.string(),
  command: z.string(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  state: containerStateSchema,
  exitCode: z.int().nullable(),
  health: z.enum(["starting", "healthy", "unhealthy"]).nullable(),
  ports: z.array(portBindingSchema),
  project: z.string().nullable(),
  service: z.string().nullable(),
  autoRemove: z.boolean(),
  labels: z.record(z.string(), z.string()),
});
export type ContainerSummary = z.infer<typeof containerSummarySchema>;

/** A name as Docker takes it. */
export const containerNameSchema = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, "Use letters, digits, '_', '.' and '-', at least two characters.");

/** What the Run form and `images.defaults` exchange. */
export const runSpecSchema = z.object({
  image: z.string().min(1),
  name: containerNameSchema.optional(),
  command: z.array(z.string()).optional(),
  ports: z.array(portBindingSchema).default([]),
  environment: z
    .array(
      z.object({ name: z.string().regex(/^[^=\s]+$/, "A name without '=' or spaces."), value: z.string() }),
    )
    .default([]),
  volumes: z
    .array(
      z.object({
        volume: z.string().min(1),
        containerPath: z.string().startsWith("/", "A path inside the container starts with '/'."),
        readOnly: z.boolean(),
      }),
    )
    .default([]),
  restartPolicy: z.enum(["no", "on-failure", "unless-stopped", "always"]).default("no"),
  autoRemove: z.boolean().default(false),
});
export type RunSpec = z.infer<typeof runSpecSchema>;
export type RunSpecInput = z.input<typeof runSpecSchema>;
