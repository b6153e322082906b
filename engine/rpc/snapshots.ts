import { os } from "./base.ts";

export const snapshots = {
  list: os.snapshots.list.handler(({ context }) => context.services.snapshots.list()),
  create: os.snapshots.create.handler(({ context, input }) =>
    context.services.snapshots.create(input.name, input.withState),
  ),
  restore: os.snapshots.restore.handler(({ context, input }) =>
    context.services.snapshots.restore(input.name),
  ),
  confirm: os.snapshots.confirm.handler(({ context }) => context.services.snapshots.confirm()),
  undo: os.snapshots.undo.handler(({ context }) => context.services.snapshots.undo()),
  delete: os.snapshots.delete.handler(({ context, input }) => context.services.snapshots.delete(input.name)),
};
