import { z } from "zod";

/** What following the logs of containers brings. `container` is the id that was asked for. */
export const logItemSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("line"),
    container: z.string(),
    source: z.enum(["stdout", "stderr"]),
    /** When Docker received it, with nanoseconds; strings of one log sort by time. */
    at: z.string().nullable(),
    text: z.string(),
    /** The line goes on in the next item of this container and source: it is longer than one item may be. */
    part: z.boolean(),
  }),
  z.object({
    kind: z.literal("ended"),
    container: z.string(),
    /** A stopped container is followed on when it starts again. */
    reason: z.enum(["stopped", "removed"]),
  }),
  z.object({ kind: z.literal("started"), container: z.string() }),
]);
export type LogItem = z.infer<typeof logItemSchema>;
export type LogText = Extract<LogItem, { kind: "line" }>;
