import { z } from "zod";
import { base } from "../base.ts";
import { portForwardSchema } from "../schemas/ports.ts";
import { streamOf } from "../streams.ts";

export const ports = {
  list: base.output(z.array(portForwardSchema)),
  watch: base.output(streamOf(z.array(portForwardSchema))),
  /** Tells whether a host port is free, who holds it where that is known, and the next free one. */
  check: base
    .input(z.object({ hostPort: z.int().min(1).max(65535) }))
    .output(z.object({ free: z.boolean(), holder: z.string().nullable(), nextFree: z.int() })),
};
