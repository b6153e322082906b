import { os } from "./base.ts";

export const transfer = {
  exportFiles: os.transfer.exportFiles.handler(({ context, input: { id, ...target } }) =>
    context.services.transfer.exportFiles(id, target),
  ),
  exportContainer: os.transfer.exportContainer.handler(({ context, input: { id, pause, ...target } }) =>
    context.services.transfer.exportContainer(id, target, pause),
  ),
  examine: os.transfer.examine.handler(({ context, input }) => context.services.transfer.examine(input.path)),
  importContainer: os.transfer.importContainer.handler(({ context, input }) =>
    context.services.transfer.importContainer(input),
  ),
};
