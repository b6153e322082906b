import { z } from "zod";
import { base, byId, nothing } from "../base.ts";
import { networkSpecSchema, networkSummarySchema } from "../schemas/networks.ts";
import { changesOf } from "../streams.ts";

const member = byId.extend({ container: z.string().min(1) });

export const networks = {
  list: base.output(z.array(networkSummarySchema)),
  watch: base.output(changesOf(networkSummarySchema)),
  create: base.input(networkSpecSchema).output(z.object({ id: z.string() })),
  connect: base
    .input(
      member.extend({
        /** Further names under which others in the network find it. */
        aliases: z
          .array(z.string().regex(/^[a-zA-Z0-9][\w.-]*$/, "A name of letters, digits and '-'."))
          .default([]),
        /** Empty lets Docker choose. */
        address: z.string().trim().default(""),
      }),
    )
    .output(nothing),
  disconnect: base.input(member).output(nothing),
  remove: base.input(byId).output(nothing),
  /** Networks that no container is in, Docker's own not counted. */
  prunePreview: base.output(z.array(z.object({ id: z.string(), name: z.string() }))),
  prune: base
    .input(z.object({ ids: z.array(z.string()).min(1).max(1000) }))
    .output(z.object({ removed: z.int(), kept: z.array(z.string()) })),
};
