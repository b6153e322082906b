import { z } from "zod";

/** One check of `berth doctor`. `fix` says in words what a fix does, or is null where none exists. */
export const checkSchema = z.object({
  id: z.string(),
  title: z.string(),
  ok: z.boolean(),
  problem: z.string().nullable(),
  fix: z.string().nullable(),
});
export type Check = z.infer<typeof checkSchema>;
