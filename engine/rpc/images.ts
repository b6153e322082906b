import { imageDefaults, pullImage } from "../docker/index.ts";
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
  pull: os.images.pull.handler(({ context, input }) => ({
    activity: startPull(context, input.reference).id,
  })),
  remove: os.images.remove.handler(async ({ context, input }) => {
    await context.services.docker.getImage(input.id).remove({ force: input.force });
  }),
};

/** Pulls an image as an activity. */
export function startPull(context: RequestContext, reference: string): { id: string; done: Promise<void> } {
  const { activities, docker } = context.services;
  return activities.start(
    { kind: "image.pull", title: `Pull ${reference}`, cancellable: true },
    (report, signal) => pullImage(docker, reference, report, signal),
  );
}
