import { z } from "zod";
import { base } from "../base.ts";

export const host = {
  /** Paths of this computer that continue what somebody typed. */
  complete: base
    .input(z.object({ typed: z.string().max(4096), foldersOnly: z.boolean().default(false) }))
    .output(z.array(z.string())),
};
