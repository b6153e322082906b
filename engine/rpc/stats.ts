import { os, streaming } from "./base.ts";

export const stats = {
  watch: os.stats.watch.handler((call) =>
    streaming(call, (signal) => call.context.services.stats.follow(call.input.ids, signal)),
  ),
};
