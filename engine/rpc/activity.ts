import { os, streaming } from "./base.ts";

export const activity = {
  list: os.activity.list.handler(({ context }) => context.services.activities.list.all() ?? []),
  watch: os.activity.watch.handler((call) =>
    streaming(call, (signal) => call.context.services.activities.list.follow(signal)),
  ),
  cancel: os.activity.cancel.handler(({ context, input }) => context.services.activities.cancel(input.id)),
  dismiss: os.activity.dismiss.handler(({ context, input }) => context.services.activities.dismiss(input.id)),
};
