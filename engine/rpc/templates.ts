import type { ContainerSummary } from "../contract/index.ts";
import { BerthError } from "../vm.ts";
import { os } from "./base.ts";
import { knownList } from "./known-list.ts";

export const templates = {
  list: os.templates.list.handler(({ context }) => context.services.templates.library.list()),
  search: os.templates.search.handler(({ context, input }) =>
    context.services.templates.library.search(input.words, input.limit),
  ),
  show: os.templates.show.handler(({ context, input }) => context.services.templates.library.show(input.id)),
  icon: os.templates.icon.handler(async ({ context, input }) => ({
    icon: await context.services.templates.library.icon(input.id),
  })),
  validate: os.templates.validate.handler(({ context, input }) =>
    context.services.templates.validate(input.path),
  ),
  import: os.templates.import.handler(({ context, input }) =>
    context.services.templates.import(input.from, input.out),
  ),
  check: os.templates.check.handler(({ context, input }) => context.services.templates.check(input.text)),
  save: os.templates.save.handler(({ context, input }) => context.services.templates.save(input)),
  remove: os.templates.remove.handler(({ context, input }) => context.services.templates.remove(input.id)),
  run: os.templates.run.handler(async ({ context, input }) => {
    const { templates: all, templateRuns, activities } = context.services;
    const template = await all.library.find(input.id);
    const { name, start } = templateRuns.prepare(
      template,
      {
        name: input.name,
        values: input.values,
        onFailure: input.onFailure,
        timeoutMs: input.timeoutSeconds * 1000,
      },
      // What was kept for one's own import is nothing for a stranger's template of the same name.
      template.origin.kind === "own" ? await all.values.of(template.metadata.id) : new Map(),
    );
    const { id } = activities.start(
      { kind: "template.run", title: `Run ${template.metadata.title} as ${name}`, cancellable: true },
      async (report, signal) => {
        await start({ report, signal });
        await all.ran(template);
      },
    );
    return { activity: id, name };
  }),
  export: os.templates.export.handler(async ({ context: { services }, input }) => {
    const { from, title, out } = input;
    const all = await knownList(services, services.model.containers);
    const chosen =
      "app" in from
        ? all.filter((container) => container.project === from.app)
        : from.containers.map((wanted) => requiredContainer(all, wanted));
    const host = { docker: services.docker, reader: services.recreate, records: services.projects.records };
    return services.templates.export(chosen, { app: "app" in from ? from.app : null, title }, host, out);
  }),
  instance: os.templates.instance.handler(({ context, input }) =>
    context.services.templateRuns.instance(input.name),
  ),
  secret: os.templates.secret.handler(async ({ context, input }) => ({
    value: await context.services.templateRuns.secret(input.name, input.variable),
  })),
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

function requiredContainer(all: ContainerSummary[], wanted: string): ContainerSummary {
  const found = all.find((one) => one.id === wanted || one.name === wanted);
  if (found !== undefined) return found;
  throw new BerthError({
    code: "no_such_container",
    message: `There is no container "${wanted}".`,
    hint: "List them: berth ssh -- docker ps --all",
  });
}
