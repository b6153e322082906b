import { imageDefaults, pullImage, pushImage, parseReference, repositoryName } from "../docker/index.ts";
import { checkUpdates, imageDetails, importRootfs, loadImages, saveImages } from "../images/index.ts";
import { os, type RequestContext, streaming } from "./base.ts";
import { knownList } from "./known-list.ts";

export const images = {
  list: os.images.list.handler(({ context: { services } }) => knownList(services, services.model.images)),
  watch: os.images.watch.handler((call) =>
    streaming(call, (signal) => call.context.services.model.images.follow(signal)),
  ),
  defaults: os.images.defaults.handler(({ context, input }) =>
    imageDefaults(context.services.docker, input.reference),
  ),
  details: os.images.details.handler(({ context, input }) => imageDetails(context.services.docker, input.id)),
  lineage: os.images.lineage.handler(({ context }) => context.services.images.lineage()),
  pull: os.images.pull.handler(({ context, input }) => ({
    activity: startPull(context, input.reference, input.platform).id,
  })),
  push: os.images.push.handler(({ context, input: { reference } }) => {
    const { activities, docker, registries } = context.services;
    const { id } = activities.start(
      { kind: "image.push", title: `Push ${reference}`, cancellable: true },
      async (report, signal) => {
        const registryAuth = await registries.authFor(reference);
        await pushImage(docker, { reference, registryAuth }, report, signal);
      },
    );
    return { activity: id };
  }),
  tag: os.images.tag.handler(async ({ context, input }) => {
    const name = parseReference(input.reference);
    await context.services.docker
      .getImage(input.id)
      .tag({ repo: repositoryName(name), tag: name.tag ?? "latest" });
  }),
  untag: os.images.untag.handler(async ({ context, input }) => {
    await context.services.docker.getImage(input.reference).remove();
  }),
  updates: os.images.updates.handler(async (call) => {
    const { services } = call.context;
    const all = await knownList(services, services.model.images);
    const wanted = call.input.ids === undefined ? null : new Set(call.input.ids);
    const chosen = wanted === null ? all : all.filter(({ id }) => wanted.has(id));
    return streaming(call, (signal) =>
      checkUpdates(services.docker, chosen, (reference) => services.registries.authFor(reference), signal),
    );
  }),
  removalPreview: os.images.removalPreview.handler(({ context, input }) =>
    context.services.images.removalPreview(input.id),
  ),
  remove: os.images.remove.handler(async ({ context, input }) => {
    await context.services.docker.getImage(input.id).remove({ force: input.force });
  }),
  save: os.images.save.handler(({ context, input }) => {
    const { activities, docker, model } = context.services;
    const named = (model.images.all() ?? []).filter(({ id, tags }) =>
      input.references.some((reference) => reference === id || tags.includes(reference)),
    );
    const expected = named.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const [first = "", ...more] = input.references;
    const title = more.length === 0 ? `Save ${first}` : `Save ${input.references.length} images`;
    const { id } = activities.start({ kind: "image.save", title, cancellable: true }, (report, signal) =>
      saveImages(input.references, input.path, expected, { docker, report, signal }),
    );
    return { activity: id };
  }),
  load: os.images.load.handler(({ context, input }) => {
    const { activities, docker } = context.services;
    const { id } = activities.start(
      { kind: "image.load", title: `Load ${input.path}`, cancellable: true },
      (report, signal) => loadImages(input.path, { docker, report, signal }),
    );
    return { activity: id };
  }),
  importRootfs: os.images.importRootfs.handler(({ context, input }) => {
    const { activities, docker } = context.services;
    const { id } = activities.start(
      { kind: "image.import", title: `Import ${input.reference}`, cancellable: true },
      (report, signal) => importRootfs(input, { docker, report, signal }),
    );
    return { activity: id };
  }),
  prunePreview: os.images.prunePreview.handler(({ context, input }) =>
    context.services.images.prunePreview(input.all),
  ),
  prune: os.images.prune.handler(({ context, input }) => {
    const { activities, images: known } = context.services;
    const title = `Remove ${input.ids.length} unused images`;
    return activities.start({ kind: "image.prune", title, cancellable: false }, () => known.prune(input.ids))
      .done;
  }),
};

/** Pulls an image as an activity, with the sign-in to its registry. */
export function startPull(
  context: RequestContext,
  reference: string,
  platform?: string,
): { id: string; done: Promise<void> } {
  const { activities, docker, registries } = context.services;
  return activities.start(
    { kind: "image.pull", title: `Pull ${reference}`, cancellable: true },
    async (report, signal) => {
      const registryAuth = await registries.authFor(reference);
      await pullImage(docker, { reference, platform, registryAuth }, report, signal);
    },
  );
}
