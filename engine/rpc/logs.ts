import { openLogs } from "../docker/index.ts";
import { os, streaming } from "./base.ts";
import { openedFirst } from "./opened-first.ts";

export const logs = {
  follow: os.logs.follow.handler(async (call) => {
    const { docker, model } = call.context.services;
    const items = await openedFirst(call.signal, (signal) =>
      openLogs({ docker, containers: model.containers }, { ...call.input, signal }),
    );
    return streaming(call, items, { weigh: (item) => (item.kind === "line" ? item.text.length + 64 : 1) });
  }),
};
