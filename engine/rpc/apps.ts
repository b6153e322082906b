import {
  editableFiles,
  examineFolder,
  saveFile,
  type SimpleAction,
  validateFile,
  type Work,
} from "../compose/index.ts";
import type { ProjectRecord } from "../compose/index.ts";
import { BerthError } from "../vm.ts";
import { resolveHostPath } from "../host/index.ts";
import { os, type RequestContext, streaming } from "./base.ts";
import { knownList } from "./known-list.ts";

const titles: Record<SimpleAction, string> = {
  start: "Start",
  stop: "Stop",
  restart: "Restart",
  pause: "Pause",
  unpause: "Unpause",
};

interface Some {
  name: string;
  services: string[];
}

export const apps = {
  list: os.apps.list.handler(({ context: { services } }) => knownList(services, services.apps.list)),
  watch: os.apps.watch.handler((call) =>
    streaming(call, (signal) => call.context.services.apps.list.follow(signal)),
  ),
  examine: os.apps.examine.handler(async ({ context, input }) => {
    const folder = resolveHostPath(input.folder);
    const { name } = await context.services.projects.identify({
      source: { folder },
      ...(input.name === undefined ? {} : { name: input.name }),
    });
    return examineFolder(folder, name);
  }),
  add: os.apps.add.handler(async ({ context, input: { folder, name } }) => ({
    name: await context.services.projects.add({
      folder: resolveHostPath(folder),
      ...(name === undefined ? {} : { name }),
    }),
  })),
  up: os.apps.up.handler(async ({ context, input }) => {
    const { projects } = context.services;
    const { folder, name, variables, services, build, recreate } = input;
    const request = {
      ...(folder === undefined ? {} : { source: { folder: resolveHostPath(folder) } }),
      ...(name === undefined ? {} : { name }),
      ...(variables === undefined
        ? {}
        : // They come from a shell or a person and may well be passwords, so they are kept in the guest alone.
          { secrets: Object.fromEntries(variables.map((variable) => [variable.name, variable.value])) }),
      services,
      build,
      recreate,
    };
    const { name: known } = await projects.identify(request);
    return { name: known, ...begin(context, "up", `Start ${known}`, (work) => projects.up(request, work)) };
  }),
  down: os.apps.down.handler(({ context, input }) => {
    const { name, volumes, forget } = input;
    const title = forget ? `Remove ${name}` : `Take down ${name}`;
    return begin(context, "down", title, (work) =>
      context.services.projects.down(name, { volumes, forget }, work),
    );
  }),
  start: os.apps.start.handler(({ context, input }) => act(context, "start", input)),
  stop: os.apps.stop.handler(({ context, input }) => act(context, "stop", input)),
  restart: os.apps.restart.handler(({ context, input }) => act(context, "restart", input)),
  pause: os.apps.pause.handler(({ context, input }) => act(context, "pause", input)),
  unpause: os.apps.unpause.handler(({ context, input }) => act(context, "unpause", input)),
  pull: os.apps.pull.handler(({ context, input }) =>
    begin(context, "pull", `Pull images of ${input.name}`, (work) =>
      context.services.projects.pull(input.name, input.services, work),
    ),
  ),
  rebuild: os.apps.rebuild.handler(({ context, input: { name, service, cache } }) =>
    begin(context, "rebuild", `Rebuild ${service} of ${name}`, (work) =>
      context.services.projects.rebuild(name, service, cache, work),
    ),
  ),
  scale: os.apps.scale.handler(({ context, input: { name, service, replicas } }) =>
    begin(context, "scale", `Scale ${service} of ${name} to ${replicas}`, (work) =>
      context.services.projects.scale(name, service, replicas, work),
    ),
  ),
  files: os.apps.files.handler(({ context, input }) => editableFiles(recordOf(context, input.name))),
  save: os.apps.save.handler(({ context, input }) => saveFile(recordOf(context, input.name), input)),
  validate: os.apps.validate.handler(({ context: { services }, input, signal }) => {
    const record = recordOf({ services }, input.name);
    const { tunnel } = services.machine;
    const abort = signal ?? new AbortController().signal;
    return validateFile(tunnel.state === "up" ? tunnel : null, record, input, abort);
  }),
};

function act(context: RequestContext, action: SimpleAction, { name, services }: Some): { activity: string } {
  const what = services.length > 0 ? `${services.join(", ")} of ${name}` : name;
  return begin(context, action, `${titles[action]} ${what}`, (work) =>
    context.services.projects.act(action, name, services, work),
  );
}

function begin(
  context: RequestContext,
  kind: string,
  title: string,
  work: (work: Work) => Promise<unknown>,
): { activity: string } {
  const { id } = context.services.activities.start(
    { kind: `app.${kind}`, title, cancellable: true },
    (report, signal) => work({ report, signal }),
  );
  return { activity: id };
}

function recordOf({ services }: Pick<RequestContext, "services">, name: string): ProjectRecord {
  const record = services.projects.records.get(name);
  if (record) return record;
  throw new BerthError({
    code: "app_not_known",
    message: `The files of "${name}" are not known on this computer.`,
    hint: "Add its folder first.",
  });
}
