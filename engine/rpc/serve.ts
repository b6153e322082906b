import { os } from "./base.ts";

export const serve = {
  start: os.serve.start.handler(async ({ context, input }) => ({
    address: await context.services.serve.start(input.host, input.port),
  })),
  stop: os.serve.stop.handler(({ context }) => context.services.serve.stop()),
};
