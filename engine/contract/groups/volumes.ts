import { z } from "zod";
import { base } from "../base.ts";

export const volumes = {
  /** Names only, for pickers. */
  names: base.output(z.array(z.string())),
};
