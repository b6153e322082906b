import { z } from "zod";

/** States of the VM life cycle, in the order a person meets them. */
export const vmStateSchema = z.enum([
  "absent",
  "creating",
  "stopped",
  "starting",
  "running",
  "paused",
  "suspending",
  "suspended",
  "resuming",
  "stopping",
  "broken",
]);
export type VmState = z.infer<typeof vmStateSchema>;

/** Something a person should know: a `problem` needs attention, a `note` only tells what happened. */
export const problemSchema = z.object({
  id: z.string(),
  message: z.string(),
  hint: z.string(),
  severity: z.enum(["problem", "note"]),
});
export type Problem = z.infer<typeof problemSchema>;

/** A step of a start; `ms` counts from the request to the moment the step was reached. */
export const phaseSchema = z.object({ name: z.string(), ms: z.number().nonnegative() });
export type Phase = z.infer<typeof phaseSchema>;

/** A restored VM snapshot that has neither been confirmed nor undone. */
export const pendingRestoreSchema = z.object({
  /** The snapshot that was restored. */
  snapshot: z.string(),
  /** The automatic snapshot that holds what it replaced. */
  replaced: z.string(),
  at: z.iso.datetime(),
});
export type PendingRestore = z.infer<typeof pendingRestoreSchema>;

/** What `berth status --json` prints; `currentPhase` is set while starting. */
export const statusSchema = z.object({
  state: vmStateSchema,
  since: z.iso.datetime(),
  lastStart: z.enum(["cold", "warm", "resumed"]).nullable(),
  phases: z.array(phaseSchema),
  currentPhase: z.string().nullable(),
  /** How much of the machine's state or disk is written; null where nothing is, or it cannot be told. */
  progress: z
    .object({ doneBytes: z.number().nonnegative(), totalBytes: z.number().nonnegative() })
    .nullable(),
  /** The VM ended unasked and is started again by itself. */
  selfRestart: z.object({ attempt: z.int().positive(), of: z.int().positive() }).nullable(),
  /** A VM snapshot was restored, and what it replaced is still kept. */
  pendingRestore: pendingRestoreSchema.nullable(),
  engine: z.object({ pid: z.int(), version: z.string() }),
  vm: z.object({
    accelerator: z.string().nullable(),
    cpus: z.int().positive(),
    memoryMiB: z.int().positive(),
    diskGiB: z.int().positive(),
    pid: z.int().nullable(),
  }),
  docker: z.object({ socket: z.string(), version: z.string().nullable() }),
  disk: z.object({
    guestUsedBytes: z.number().nonnegative().nullable(),
    hostUsedBytes: z.number().nonnegative(),
  }),
  problems: z.array(problemSchema),
});
export type Status = z.infer<typeof statusSchema>;

/** One sample of what the VM uses, taken only while somebody watches. */
export const resourceSampleSchema = z.object({
  at: z.iso.datetime(),
  cpuPercent: z.number().nonnegative(),
  memoryUsedMiB: z.number().nonnegative(),
  memoryTotalMiB: z.number().nonnegative(),
  hostMemoryMiB: z.number().nonnegative(),
  diskUsedBytes: z.number().nonnegative(),
  diskTotalBytes: z.number().nonnegative(),
});
export type ResourceSample = z.infer<typeof resourceSampleSchema>;

export const logSourceSchema = z.enum(["serial", "dockerd", "engine", "qemu"]);
export type LogSource = z.infer<typeof logSourceSchema>;
