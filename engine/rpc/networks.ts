import { os, streaming } from "./base.ts";
import { knownList } from "./known-list.ts";

export const networks = {
  list: os.networks.list.handler(({ context: { services } }) => knownList(services, services.networks.list)),
  watch: os.networks.watch.handler((call) =>
    streaming(call, (signal) => call.context.services.networks.list.follow(signal)),
  ),
  create: os.networks.create.handler(async ({ context, input }) => ({
    id: await context.services.networks.create(input),
  })),
  connect: os.networks.connect.handler(({ context, input }) =>
    context.services.networks.connect(input.id, input.container, input.aliases, input.address),
  ),
  disconnect: os.networks.disconnect.handler(({ context, input }) =>
    context.services.networks.disconnect(input.id, input.container),
  ),
  remove: os.networks.remove.handler(({ context, input }) => context.services.networks.remove(input.id)),
  prunePreview: os.networks.prunePreview.handler(({ context }) => context.services.networks.prunePreview()),
  prune: os.networks.prune.handler(({ context, input }) => context.services.networks.prune(input.ids)),
};
