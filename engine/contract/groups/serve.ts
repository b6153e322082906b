import { z } from "zod";
import { base, nothing } from "../base.ts";

export const serve = {
  /** Serves the window over HTTP; the address holds a one-time token. */
  start: base
    .input(z.object({ host: z.string(), port: z.int().min(0).max(65535) }))
    .output(z.object({ address: z.string() })),
  stop: base.output(nothing),
};
