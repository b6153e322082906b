import { DOCKER_HUB, dockerStatus, runContainer } from "../docker/index.ts";
import { searchRegistry, searchTags } from "../registries/index.ts";
import { listSetting } from "../settings/index.ts";
import { os, type RequestContext, streaming } from "./base.ts";
import { startPull } from "./images.ts";

const PRIVATE_REGISTRY = { image: "registry:2", name: "berth-registry", volume: "berth-registry" };

export const registries = {
  list: os.registries.list.handler(({ context }) => context.services.registries.list()),
  watch: os.registries.watch.handler((call) =>
    streaming(call, (signal) => call.context.services.registries.follow(signal)),
  ),
  signIn: os.registries.signIn.handler(({ context, input }) =>
    context.services.registries.signIn(hubOr(input.address), input),
  ),
  signOut: os.registries.signOut.handler(({ context, input }) =>
    context.services.registries.signOut(hubOr(input.address)),
  ),
  test: os.registries.test.handler(({ context, input: { address, username, password } }) => {
    const login = username === undefined || password === undefined ? null : { username, password };
    return context.services.registries.test(hubOr(address), login);
  }),
  search: os.registries.search.handler(({ context, input }) =>
    searchRegistry(searchHost(context), hubOr(input.address), input.query),
  ),
  tags: os.registries.tags.handler(({ context, input }) => searchTags(searchHost(context), input.repository)),
  startPrivate: os.registries.startPrivate.handler(({ context, input: { port } }) => {
    const { activities, docker, logger, model, ports } = context.services;
    const there = model.containers.all()?.find(({ name }) => name === PRIVATE_REGISTRY.name);
    const bound = there?.ports.find(({ containerPort }) => containerPort === 5000)?.hostPort;
    const address = `localhost:${bound ?? port}`;
    const { id } = activities.start(
      { kind: "registry.start", title: `Start the registry ${address}`, cancellable: false },
      async () => {
        if (there !== undefined) {
          // Not by the list, which is a moment behind; one that runs already is answered with 304.
          await docker
            .getContainer(there.id)
            .start()
            .catch((error: unknown) => {
              if (dockerStatus(error) !== 304) throw error;
            });
          return;
        }
        const { image, name, volume } = PRIVATE_REGISTRY;
        await runContainer(
          {
            docker,
            logger,
            reservePorts: (wanted) => ports.reserve(wanted),
            pull: (reference) => startPull(context, reference).done,
          },
          {
            image,
            name,
            ports: [{ hostIp: "", hostPort: port, containerPort: 5000, protocol: "tcp" }],
            environment: [],
            volumes: [{ volume, containerPath: "/var/lib/registry", readOnly: false }],
            restartPolicy: "unless-stopped",
            autoRemove: false,
          },
        );
      },
    );
    return { activity: id, address };
  }),
};

/** Docker Hub has several addresses. */
function hubOr(address: string): string {
  return /^(index\.docker\.io|registry-1\.docker\.io|hub\.docker\.com)$/i.test(address)
    ? DOCKER_HUB
    : address;
}

function searchHost({ services }: RequestContext) {
  const { registries: known, machine, settings } = services;
  return {
    registries: known,
    guest: machine.tunnel,
    insecure: () => listSetting(settings.get()["registries.insecure"]),
    mirrors: () => listSetting(settings.get()["registries.mirrors"]),
  };
}
