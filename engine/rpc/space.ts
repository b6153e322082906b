import { os } from "./base.ts";

export const space = {
  usage: os.space.usage.handler(({ context }) => context.services.space.usage()),
  reclaim: os.space.reclaim.handler(({ context, input }) => {
    const { activities, space: known } = context.services;
    return activities.start(
      { kind: "space.reclaim", title: "Free disk space", cancellable: false },
      (report) => known.reclaim(input.kinds, (detail) => report({ detail, progress: null })),
    ).done;
  }),
};
