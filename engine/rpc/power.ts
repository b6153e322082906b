import { followValue } from "../live/live-value.ts";
import { os, streaming } from "./base.ts";

export const power = {
  event: os.power.event.handler(({ context, input }) => context.services.power.handle(input.event)),
  get: os.power.get.handler(({ context }) => context.services.powerReport()),
  watch: os.power.watch.handler((call) => {
    const { services } = call.context;
    return streaming(call, (signal) =>
      followValue(() => services.powerReport(), services.powerChanged.subscribe, signal),
    );
  }),
};
