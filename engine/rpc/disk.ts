import { os } from "./base.ts";

export const disk = {
  usage: os.disk.usage.handler(({ context }) => context.services.diskCare.usage()),
  reclaim: os.disk.reclaim.handler(({ context }) => context.services.diskCare.reclaim()),
  grow: os.disk.grow.handler(({ context, input }) => context.services.diskCare.grow(input.diskGiB)),
};
