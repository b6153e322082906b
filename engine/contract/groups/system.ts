import { oc } from "@orpc/contract";
import { z } from "zod";
import { base, byId, nothing } from "../base.ts";
import { checkSchema } from "../schemas/diagnostics.ts";

const keep = z.enum(["keep", "suspend", "stop"]);

export const system = {
  /** Opens every connection: tells who answers, so that a newer client can replace an older engine. */
  hello: base.input(z.object({ version: z.string(), protocol: z.int() })).output(
    z.object({
      version: z.string(),
      protocol: z.int(),
      pid: z.int(),
      home: z.string(),
      platform: z.string(),
      startedAt: z.iso.datetime(),
    }),
  ),
  /** Ends the engine; `keep` leaves the VM running for the next engine to adopt. */
  quit: base.input(z.object({ vm: keep })).output(nothing),
  checks: base.output(z.array(checkSchema)),
  fix: base.input(byId).output(z.array(checkSchema)),
};

export const flow = {
  /** Acknowledges a stream's batches up to `seq`. Sent by `readStream`, never by hand. */
  ack: oc.input(z.object({ stream: z.string(), seq: z.int() })).output(nothing),
};
