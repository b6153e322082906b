import { followValue } from "../live/live-value.ts";
import { keysNeedingRestart } from "../settings/index.ts";
import { os, streaming } from "./base.ts";

/** In these states the next start reads the settings anyway. */
const notRunning = new Set(["absent", "stopped", "broken"]);

export const settings = {
  get: os.settings.get.handler(({ context }) => context.services.settings.get()),
  set: os.settings.set.handler(async ({ context, input }) => {
    const { settings: store, machine } = context.services;
    const changed = await store.set(input);
    const idle = notRunning.has(machine.snapshot().state);
    return { settings: store.get(), needsRestart: idle ? [] : keysNeedingRestart(changed) };
  }),
  reset: os.settings.reset.handler(({ context }) => context.services.settings.reset()),
  watch: os.settings.watch.handler((call) => {
    const { settings: store } = call.context.services;
    const subscribe = (listener: () => void) => {
      store.on("change", listener);
      return () => store.off("change", listener);
    };
    return streaming(call, (signal) => followValue(() => store.get(), subscribe, signal));
  }),
};
