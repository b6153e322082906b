import { followValue } from "../live/live-value.ts";
import { os, streaming } from "./base.ts";

export const ports = {
  list: os.ports.list.handler(({ context }) => context.services.ports.list()),
  watch: os.ports.watch.handler((call) => {
    const { ports: published } = call.context.services;
    const subscribe = (listener: () => void) => {
      published.on("change", listener);
      return () => published.off("change", listener);
    };
    return streaming(call, (signal) => followValue(() => published.list(), subscribe, signal));
  }),
  check: os.ports.check.handler(({ context, input }) => context.services.ports.check(input.hostPort)),
};
