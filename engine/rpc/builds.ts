import { os, streaming } from "./base.ts";

export const builds = {
  list: os.builds.list.handler(({ context }) => context.services.builds.list.all() ?? []),
  watch: os.builds.watch.handler((call) =>
    streaming(call, (signal) => call.context.services.builds.list.follow(signal)),
  ),
  start: os.builds.start.handler(async ({ context, input }) => {
    const { id, activity } = await context.services.builds.start(input);
    return { id, activity };
  }),
  repeat: os.builds.repeat.handler(async ({ context, input }) => {
    const { id, activity } = await context.services.builds.repeat(input.id);
    return { id, activity };
  }),
  follow: os.builds.follow.handler((call) =>
    streaming(call, (signal) => call.context.services.builds.follow(call.input.id, signal), {
      weigh: (event) => (event.kind === "log" ? event.text.length : 200),
    }),
  ),
  remove: os.builds.remove.handler(({ context, input }) => context.services.builds.remove(input.id)),
};
