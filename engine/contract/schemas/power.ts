import { z } from "zod";

/** What the shell tells of the computer. */
export const powerEventSchema = z.enum(["sleep", "wake", "shutdown", "battery", "mains", "lock", "unlock"]);
export type PowerEvent = z.infer<typeof powerEventSchema>;

/** When the VM suspends by itself, or why it does not. */
const idleReportSchema = z.object({
  /** Whether the setting is on. */
  enabled: z.boolean(),
  /** The earliest time at which it will suspend; null while something forbids it. */
  suspendAt: z.iso.datetime().nullable(),
  /** One sentence for people. */
  reason: z.string(),
  /** What was decided last, when it was time. */
  last: z
    .object({
      at: z.iso.datetime(),
      outcome: z.enum(["suspended", "stayed", "failed"]),
      reason: z.string(),
    })
    .nullable(),
});
export type IdleReport = z.infer<typeof idleReportSchema>;

export const powerReportSchema = z.object({
  /** null while no shell has told. */
  onBattery: z.boolean().nullable(),
  idle: idleReportSchema,
});
export type PowerReport = z.infer<typeof powerReportSchema>;
