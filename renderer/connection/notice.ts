import { z } from "zod";
import type { Failure } from "../../engine/contract/client.ts";

const noticeMessage = z.object({
  type: z.literal("berth:notice"),
  notice: z.object({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
});

/** What the shell says about the engine: a failure, null for "nothing is wrong", undefined for other messages. */
export function noticeOf(message: unknown): Failure | null | undefined {
  const parsed = noticeMessage.safeParse(message);
  return parsed.success ? parsed.data.notice : undefined;
}
