import { volumeListAnswer } from "../docker/index.ts";
import { volumeHelper, removeHelpers } from "../volumes/index.ts";
import { os, streaming } from "./base.ts";
import { knownList } from "./known-list.ts";

export const volumes = {
  names: os.volumes.names.handler(async ({ context }) => {
    const { Volumes } = volumeListAnswer.parse(await context.services.docker.listVolumes());
    return Volumes.map((volume) => volume.Name).sort();
  }),
  list: os.volumes.list.handler(({ context: { services } }) => knownList(services, services.volumes.list)),
  watch: os.volumes.watch.handler((call) =>
    streaming(call, (signal) => call.context.services.volumes.list.follow(signal)),
  ),
  measure: os.volumes.measure.handler(({ context }) => context.services.volumes.measure()),
  create: os.volumes.create.handler(({ context, input }) =>
    context.services.volumes.create(input.name, input.labels),
  ),
  remove: os.volumes.remove.handler(async ({ context, input }) => {
    await removeHelpers(context.services.docker, input.name);
    await context.services.volumes.remove(input.name);
  }),
  browse: os.volumes.browse.handler(async (call) => {
    const { docker } = call.context.services;
    const { name } = call.input;
    const helper = await volumeHelper(docker, name);
    return streaming(call, (signal) => whileRead(helper, signal, () => removeHelpers(docker, name)));
  }),
  backup: os.volumes.backup.handler(({ context, input: { name, path } }) => {
    const { activities, volumes: known } = context.services;
    const { id } = activities.start(
      { kind: "volume.backup", title: `Back up ${name}`, cancellable: true },
      (report, signal) => known.backUp(name, path, { report, signal }),
    );
    return { activity: id };
  }),
  restore: os.volumes.restore.handler(({ context, input }) => {
    const { activities, docker, volumes: known } = context.services;
    const { id } = activities.start(
      { kind: "volume.restore", title: `Restore ${input.name}`, cancellable: true },
      async (report, signal) => {
        await removeHelpers(docker, input.name);
        await known.restore(input, { report, signal });
      },
    );
    return { activity: id };
  }),
  clone: os.volumes.clone.handler(({ context, input: { name, to } }) => {
    const { activities, volumes: known } = context.services;
    const { id } = activities.start(
      { kind: "volume.clone", title: `Clone ${name}`, cancellable: true },
      (report, signal) => known.clone(name, to, { report, signal }),
    );
    return { activity: id };
  }),
  prunePreview: os.volumes.prunePreview.handler(({ context, input }) =>
    context.services.volumes.prunePreview(input.all),
  ),
  prune: os.volumes.prune.handler(async ({ context, input }) => {
    await removeHelpers(context.services.docker);
    return context.services.volumes.prune(input.names);
  }),
};

/** Yields one thing and lets go of it when the reader has left. */
async function* whileRead<T>(
  item: T,
  signal: AbortSignal,
  release: () => Promise<void>,
): AsyncGenerator<T, void, void> {
  const left = new Promise((resolve) => {
    signal.addEventListener("abort", resolve, { once: true });
    if (signal.aborted) resolve(undefined);
  });
  try {
    yield item;
    await left;
  } finally {
    // The engine may be gone by then; the next look finds the helper and removes it.
    await release().catch(() => undefined);
  }
}
