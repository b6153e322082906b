import { oc } from "@orpc/contract";
import { z } from "zod";

/** Every failure that a person may see crosses the contract as this one typed error. */
export const base = oc.errors({
  FAILED: {
    status: 422,
    data: z.object({
      code: z.string(),
      hint: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  },
});

export const nothing = z.void();
export const byId = z.object({ id: z.string().min(1) });
