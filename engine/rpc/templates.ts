import { os } from "./base.ts";

export const templates = {
  list: os.templates.list.handler(({ context }) => context.services.templates.library.list()),
  search: os.templates.search.handler(({ context, input }) =>
    context.services.templates.library.search(input.words, input.limit),
  ),
  show: os.templates.show.handler(({ context, input }) => context.services.templates.library.show(input.id)),
  validate: os.templates.validate.handler(({ context, input }) =>
    context.services.templates.validate(input.path),
  ),
  import: os.templates.import.handler(({ context, input }) =>
    context.services.templates.import(input.from, input.out),
  ),
  remove: os.templates.remove.handler(({ context, input }) => context.services.templates.remove(input.id)),
  repositories: {
    list: os.templates.repositories.list.handler(({ context }) =>
      context.services.templates.repositories.list(),
    ),
    add: os.templates.repositories.add.handler(({ context, input }) =>
      context.services.templates.addRepository(input),
    ),
    update: os.templates.repositories.update.handler(({ context, input }) =>
      context.services.templates.updateRepository(input.name, input.apply),
    ),
    remove: os.templates.repositories.remove.handler(({ context, input }) =>
      context.services.templates.removeRepository(input.name),
    ),
  },
  publish: os.templates.publish.handler(({ context, input }) => context.services.templates.publish(input)),
};
