import { parseRunLine, renderCompose, renderDockerRun } from "../recreate/index.ts";
import { os } from "./base.ts";

export const configuration = {
  read: os.configuration.read.handler(({ context, input }) => context.services.recreate.read(input.id)),
  render: os.configuration.render.handler(({ input }) => ({
    dockerRun: renderDockerRun(input),
    compose: renderCompose(input),
  })),
  parse: os.configuration.parse.handler(({ input }) => parseRunLine(input.line)),
  run: os.configuration.run.handler(({ context, input }) => context.services.recreate.run(input)),
  apply: os.configuration.apply.handler(({ context, input }) => {
    const { id, configuration: wanted, pull, waitSeconds } = input;
    return context.services.recreate.apply(id, wanted, { pull, waitSeconds });
  }),
  update: os.configuration.update.handler(({ context, input }) => context.services.recreate.update(input.id)),
};
