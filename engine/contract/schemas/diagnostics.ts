import { z } from "zod";

/** One check of `berth doctor`. `fix` says in words what helps; `automatic` that `system.fix` does it. */
export const checkSchema = z.object({
  id: z.string(),
  title: z.string(),
  ok: z.boolean(),
  problem: z.string().nullable(),
  fix: z.string().nullable(),
  automatic: z.boolean(),
});
export type Check = z.infer<typeof checkSchema>;
