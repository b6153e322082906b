import { implement } from "@orpc/server";
import { contract } from "../../engine/contract/contract.ts";
import type { App, AppService, ContainerSummary } from "../../engine/contract/index.ts";
import type { FakeList } from "./feed.ts";
import { FakeList as List } from "./feed.ts";

const os = implement(contract).apps;
const compose = `services:
  web:
    build: ./web
    ports:
      - "3000:3000"
    depends_on: [database]
  database:
    image: postgres:17-alpine
    environment:
      POSTGRES_PASSWORD: \${DB_PASSWORD:?choose one}
    volumes:
      - data:/var/lib/postgresql/data

volumes:
  data: {}
`;

/** The procedures of apps, made of the scene's containers. */
export function fakeApps(containers: FakeList<ContainerSummary>, known: boolean) {
  const list = new List<App>(known ? appsOf(containers.all()) : null);
  const started = () => ({ activity: "fake" });
  let text = compose;
  const act = (state: App["state"]) =>
    function change({ input }: { input: { name: string; services: string[] } }) {
      const app = list.get(`project:${input.name}`);
      if (app) {
        const services = app.services.map((service) =>
          input.services.length === 0 || input.services.includes(service.name)
            ? { ...service, state }
            : service,
        );
        const same = services.every((service) => service.state === state);
        list.put({ ...app, services, state: same ? state : "partial" });
      }
      return started();
    };
  return {
    list: os.list.handler(() => list.all()),
    watch: os.watch.handler(({ signal }) => list.follow(signal)),
    examine: os.examine.handler(({ input, errors }) => {
      if (!input.folder.includes("shop")) {
        throw errors.FAILED({
          message: `${input.folder} is not there.`,
          data: { code: "folder_not_found", hint: "Check the path and who may read it." },
        });
      }
      return {
        folder: input.folder,
        name: input.name ?? "shop",
        kind: "folder" as const,
        files: ["compose.yaml"],
        services: ["database", "web"],
        variables: ["DB_PASSWORD", "HTTP_PORT"],
        problems: [],
      };
    }),
    add: os.add.handler(({ input }) => ({ name: input.name ?? "shop" })),
    up: os.up.handler(({ input }) => ({ activity: "fake", name: input.name ?? "shop" })),
    down: os.down.handler(({ input }) => {
      list.remove(`project:${input.name}`);
      return started();
    }),
    start: os.start.handler(act("running")),
    stop: os.stop.handler(act("stopped")),
    restart: os.restart.handler(act("running")),
    pause: os.pause.handler(act("paused")),
    unpause: os.unpause.handler(act("running")),
    pull: os.pull.handler(started),
    rebuild: os.rebuild.handler(started),
    scale: os.scale.handler(started),
    files: os.files.handler(() => [
      { name: "compose.yaml", text, revision: String(text.length) },
      { name: ".env", text: "HTTP_PORT=3000\n", revision: "1" },
    ]),
    save: os.save.handler(({ input }) => {
      text = input.text;
      return { name: input.file, text, revision: String(text.length) };
    }),
    validate: os.validate.handler(({ input }) => ({
      complete: true,
      problems: input.text.includes("nowhere")
        ? [
            {
              severity: "error" as const,
              message: 'Service "web" refers to undefined network nowhere.',
              file: input.file,
              line: 2,
              column: 3,
            },
          ]
        : [],
    })),
  };
}

function appsOf(containers: readonly ContainerSummary[]): App[] {
  if (containers.length === 0) return [];
  const single = containers.filter((container) => container.project === null).map(standAlone);
  const shop = containers.filter((container) => container.project === "shop");
  return [...single, ...(shop.length === 0 ? [] : [project(shop), folderOnly, elsewhere])];
}

function project(members: readonly ContainerSummary[]): App {
  const services = members.map((container): AppService => ({
    name: container.service ?? container.name,
    image: container.image,
    builds: container.service === "api",
    state: "running",
    health: container.health,
    containers: [container.id],
  }));
  const mailer: AppService = {
    name: "mailer",
    image: "mailer:2",
    builds: false,
    state: "absent",
    health: null,
    containers: [],
  };
  return {
    ...app("project:shop", "shop", [...services, mailer]),
    state: "partial",
    health: "unhealthy",
    startedAt: members[0]?.startedAt ?? null,
    ports: members.flatMap((container) =>
      container.ports.flatMap((port) =>
        port.hostPort === null
          ? []
          : [{ ...port, hostPort: port.hostPort, service: container.service ?? "" }],
      ),
    ),
    source: { kind: "folder", folder: "/home/you/projects/shop" },
  };
}

function standAlone(container: ContainerSummary): App {
  const state =
    container.state === "running" || container.state === "restarting"
      ? "running"
      : container.state === "paused"
        ? "paused"
        : container.exitCode === null || container.exitCode === 0
          ? "stopped"
          : "failed";
  const service: AppService = {
    name: container.name,
    image: container.image,
    builds: false,
    state,
    health: container.health,
    containers: [container.id],
  };
  return {
    ...app(`container:${container.id}`, container.name, [service]),
    kind: "container",
    state,
    startedAt: state === "running" ? container.startedAt : null,
    ports: container.ports.flatMap((port) =>
      port.hostPort === null || state !== "running"
        ? []
        : [{ ...port, hostPort: port.hostPort, service: container.name }],
    ),
  };
}

function app(id: string, name: string, services: AppService[]): App {
  return {
    id,
    kind: "project",
    name,
    state: "running",
    health: null,
    startedAt: null,
    services,
    ports: [],
    source: { kind: "elsewhere", folder: null },
    template: null,
    problem: null,
  };
}

const absent = (name: string): AppService => ({
  name,
  image: null,
  builds: false,
  state: "absent",
  health: null,
  containers: [],
});

const folderOnly: App = {
  ...app("project:blog", "blog", [absent("app")]),
  state: "absent",
  source: { kind: "dockerfile", folder: "/home/you/projects/blog" },
};

const elsewhere: App = {
  ...app("project:analytics", "analytics", [absent("dashboard"), absent("worker")]),
  state: "absent",
  template: { id: "metabase", version: "1.2.0", title: "Metabase" },
  source: { kind: "files", folder: null },
  problem: "“Starting analytics” was cut short when Berth's engine ended. Do it again to finish it.",
};
