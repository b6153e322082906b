import { z } from "zod";

/** A piece of work that takes longer than a moment; shown in the activity strip. */
export const activitySchema = z.object({
  id: z.string(),
  kind: z.string(),
  title: z.string(),
  state: z.enum(["running", "done", "failed", "cancelled"]),
  /** What happens right now, for people. */
  detail: z.string(),
  /** 0 to 1, or null where the end is not known. */
  progress: z.number().min(0).max(1).nullable(),
  /** What goes on side by side, for example the layers of a pull. */
  parts: z
    .array(
      z.object({
        id: z.string(),
        detail: z.string(),
        progress: z.number().min(0).max(1).nullable(),
      }),
    )
    .optional(),
  cancellable: z.boolean(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  error: z.object({ message: z.string(), hint: z.string() }).nullable(),
});
export type Activity = z.infer<typeof activitySchema>;
