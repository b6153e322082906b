import { runContainer } from "../docker/index.ts";
import { os, type RequestContext, streaming } from "./base.ts";
import { startPull } from "./images.ts";
import { knownList } from "./known-list.ts";

export const containers = {
  list: os.containers.list.handler(({ context: { services } }) =>
    knownList(services, services.model.containers),
  ),
  watch: os.containers.watch.handler((call) =>
    streaming(call, (signal) => call.context.services.model.containers.follow(signal)),
  ),
  run: os.containers.run.handler(({ context, input }) => {
    const { docker, logger, ports } = context.services;
    return runContainer(
      {
        docker,
        logger,
        reservePorts: (wanted) => ports.reserve(wanted),
        pull: (reference) => startPull(context, reference).done,
      },
      input,
    );
  }),
  start: os.containers.start.handler(({ context, input }) => container(context, input.id).start().then(done)),
  stop: os.containers.stop.handler(({ context, input }) => container(context, input.id).stop().then(done)),
  restart: os.containers.restart.handler(({ context, input }) =>
    container(context, input.id).restart().then(done),
  ),
  pause: os.containers.pause.handler(({ context, input }) => container(context, input.id).pause().then(done)),
  unpause: os.containers.unpause.handler(({ context, input }) =>
    container(context, input.id).unpause().then(done),
  ),
  kill: os.containers.kill.handler(({ context, input }) => container(context, input.id).kill().then(done)),
  rename: os.containers.rename.handler(({ context, input }) =>
    container(context, input.id).rename({ name: input.name }).then(done),
  ),
  remove: os.containers.remove.handler(({ context, input }) =>
    container(context, input.id).remove({ force: input.force, v: input.volumes }).then(done),
  ),
  inspect: os.containers.inspect.handler(async ({ context, input }) => ({
    ...(await container(context, input.id).inspect()),
  })),
};

function container(context: RequestContext, id: string) {
  return context.services.docker.getContainer(encodeURIComponent(id));
}

/** Docker answers commands with an empty body, which the client library hands on as bytes. */
function done(): void {}
