import { os } from "./base.ts";

export const versions = {
  tree: os.versions.tree.handler(({ context, input }) => context.services.versions.tree(input.id)),
  snapshot: os.versions.snapshot.handler(({ context, input: { id, ...options } }) =>
    context.services.versions.snapshot(id, options),
  ),
  changes: os.versions.changes.handler(({ context, input }) =>
    context.services.versions.changes(input.id, input.version),
  ),
  revert: os.versions.revert.handler(({ context, input }) =>
    context.services.versions.revert(input.id, input.version, input.keepPresent),
  ),
  fork: os.versions.fork.handler(({ context, input: { id, ...options } }) =>
    context.services.versions.fork(id, options),
  ),
  promote: os.versions.promote.handler(({ context, input }) =>
    context.services.versions.promote(input.id, input.version, input.tag),
  ),
  remove: os.versions.remove.handler(({ context, input }) =>
    context.services.versions.remove(input.id, input.version),
  ),
};
