import { implement } from "@orpc/server";
import { RPCHandler } from "@orpc/server/message-port";
import { contract } from "../../engine/contract/contract.ts";
import {
  type Activity,
  type Check,
  type ContainerSummary,
  type ImageSummary,
  PROTOCOL_VERSION,
  type PortForward,
  type ResourceSample,
  type Settings,
  settingsSchema,
  type Status,
  type VmState,
} from "../../engine/contract/index.ts";
import {
  activitiesOf,
  container,
  containersOf,
  imagesOf,
  pulling,
  sampleAt,
  type Scene,
  statusOf,
} from "./fake-data.ts";
import { fakeApps } from "./fake-apps.ts";
import { fakeDisk, fakePower, fakeSnapshots } from "./fake-care.ts";
import { fakeContainerLogs, fakeFiles, fakeStats, fakeTerminal } from "./fake-container.ts";
import { fakeBuilds } from "./fake-builds.ts";
import { fakeImageCalls, fakeRegistryCalls } from "./fake-images.ts";
import { fakeConfiguration } from "./fake-configuration.ts";
import { fakeTemplates } from "./fake-templates.ts";
import { fakeTransfer } from "./fake-transfer.ts";
import { fakeVersions } from "./fake-versions.ts";
import { fakeObjects } from "./fake-objects.ts";
import { FakeList, Feed } from "./feed.ts";

/** Serves an engine without a VM on a port: the contract, answered from memory. */
export function serveFakeEngine(port: MessagePort, scene: Scene, theme: Settings["app.theme"]): void {
  new RPCHandler(fakeRouter(scene, theme)).upgrade(port);
  port.start();
}

const os = implement(contract);

const checks: Check[] = [
  {
    id: "qemu",
    title: "QEMU 10 or newer is installed",
    ok: true,
    problem: null,
    fix: null,
    automatic: false,
  },
  {
    id: "accelerator",
    title: "The VM runs with hardware help",
    ok: true,
    problem: null,
    fix: null,
    automatic: false,
  },
];

function fakeRouter(scene: Scene, theme: Settings["app.theme"]) {
  const containers = new FakeList<ContainerSummary>(containersOf(scene));
  const images = new FakeList<ImageSummary>(imagesOf(scene));
  const activities = new FakeList<Activity>(activitiesOf(scene));
  const statusFeed = new Feed<Status>();
  const settingsFeed = new Feed<Settings>();
  let status = statusOf(scene);
  let settings = settingsSchema.parse({ "app.theme": theme });

  function become(state: VmState): void {
    status = {
      ...statusOf(state === "running" ? "running" : scene),
      state,
      since: new Date().toISOString(),
      problems: [],
    };
    containers.replace(state === "running" ? (containersOf(scene) ?? containersOf("running")) : null);
    images.replace(state === "running" ? (imagesOf(scene) ?? imagesOf("running")) : null);
    statusFeed.emit(status);
  }

  function change(id: string, changes: Partial<ContainerSummary>): void {
    const known = containers.get(id);
    if (known !== undefined) containers.put({ ...known, ...changes });
  }

  const now = (): string => new Date().toISOString();
  const started = (): Partial<ContainerSummary> => ({
    state: "running",
    startedAt: now(),
    finishedAt: null,
    exitCode: null,
  });
  const stopped = (exitCode: number): Partial<ContainerSummary> => ({
    state: "exited",
    finishedAt: now(),
    exitCode,
  });

  const forwards = (): PortForward[] =>
    containers.all().flatMap((item) =>
      item.ports.flatMap((binding) =>
        binding.hostPort === null || item.state !== "running"
          ? []
          : [
              {
                host: "127.0.0.1",
                hostPort: binding.hostPort,
                guestPort: binding.hostPort,
                protocol: "tcp" as const,
                container: item.name,
                state: "listening" as const,
                problem: null,
              },
            ],
      ),
    );

  return os.router({
    system: {
      hello: os.system.hello.handler(() => ({
        version: "0.1.0",
        protocol: PROTOCOL_VERSION,
        pid: 4242,
        home: "/home/you/.berth",
        platform: "linux",
        startedAt: now(),
      })),
      quit: os.system.quit.handler(() => undefined),
      checks: os.system.checks.handler(() => checks),
      fix: os.system.fix.handler(() => checks),
    },
    flow: { ack: os.flow.ack.handler(() => undefined) },
    vm: {
      status: os.vm.status.handler(() => status),
      watch: os.vm.watch.handler(({ signal }) => statusFeed.follow([status], signal)),
      start: os.vm.start.handler(() => become("running")),
      stop: os.vm.stop.handler(() => become("stopped")),
      restart: os.vm.restart.handler(() => become("running")),
      pause: os.vm.pause.handler(() => become("paused")),
      unpause: os.vm.unpause.handler(() => become("running")),
      suspend: os.vm.suspend.handler(() => become("suspended")),
      resume: os.vm.resume.handler(() => become("running")),
      delete: os.vm.delete.handler(() => become("absent")),
      cancel: os.vm.cancel.handler(() => {
        become("running");
        return true;
      }),
      resources: os.vm.resources.handler(async function* ({ signal }) {
        const feed = new Feed<ResourceSample>();
        let index = 60;
        const timer = setInterval(() => feed.emit(sampleAt((index += 1))), 2000);
        try {
          yield* feed.follow(
            Array.from({ length: 60 }, (_, past) => sampleAt(past, (60 - past) * 2000)),
            signal,
          );
        } finally {
          clearInterval(timer);
        }
      }),
      logs: os.vm.logs.handler(({ signal }) =>
        new Feed<string>().follow(
          ["[    0.000000] Linux version 6.12.0", "[    2.104118] berth: data disk mounted"],
          signal,
        ),
      ),
    },
    disk: fakeDisk(() => status),
    snapshots: fakeSnapshots(),
    power: fakePower(),
    terminal: fakeTerminal,
    files: fakeFiles,
    logs: fakeContainerLogs,
    stats: fakeStats,
    versions: fakeVersions(containers),
    transfer: fakeTransfer(containers),
    configuration: fakeConfiguration(containers),
    apps: fakeApps(containers, containersOf(scene) !== null),
    templates: fakeTemplates(scene === "many", activities),
    containers: {
      list: os.containers.list.handler(() => containers.all()),
      watch: os.containers.watch.handler(({ signal }) => containers.follow(signal)),
      run: os.containers.run.handler(({ input, errors }) => {
        if (containers.all().some((item) => item.name === input.name)) {
          throw errors.FAILED({
            message: `The name ${input.name ?? ""} is taken by another container.`,
            data: { code: "name_taken", hint: "Choose another name, or remove that container." },
          });
        }
        const seed = 5000 + containers.all().length;
        const created = container(seed, {
          name: input.name ?? `quiet_harbour_${seed}`,
          image: input.image,
          ports: input.ports,
          startedAt: now(),
          autoRemove: input.autoRemove,
        });
        containers.put(created);
        return { id: created.id, warnings: [] };
      }),
      start: os.containers.start.handler(({ input }) => change(input.id, started())),
      stop: os.containers.stop.handler(({ input }) => change(input.id, stopped(0))),
      restart: os.containers.restart.handler(({ input }) => change(input.id, started())),
      pause: os.containers.pause.handler(({ input }) => change(input.id, { state: "paused" })),
      unpause: os.containers.unpause.handler(({ input }) => change(input.id, { state: "running" })),
      kill: os.containers.kill.handler(({ input }) => change(input.id, stopped(137))),
      remove: os.containers.remove.handler(({ input }) => containers.remove(input.id)),
      rename: os.containers.rename.handler(({ input }) => change(input.id, { name: input.name })),
      inspect: os.containers.inspect.handler(({ input }) => {
        const known = containers.get(input.id);
        return {
          Id: input.id,
          Name: `/${known?.name ?? ""}`,
          Summary: known,
          Config: { Env: ["PATH=/usr/bin"], Cmd: ["httpd"] },
        };
      }),
    },
    images: {
      list: os.images.list.handler(() => images.all()),
      watch: os.images.watch.handler(({ signal }) => images.follow(signal)),
      defaults: os.images.defaults.handler(({ input, errors }) => {
        const known = images
          .all()
          .find((item) =>
            item.tags.some((tag) => tag === input.reference || tag === `${input.reference}:latest`),
          );
        if (known === undefined) {
          throw errors.FAILED({
            message: `The image ${input.reference} is not in the VM.`,
            data: { code: "image_not_found", hint: "Pull it first." },
          });
        }
        const database = input.reference.startsWith("postgres");
        return {
          reference: input.reference,
          id: known.id,
          title: database ? "PostgreSQL" : "Welcome to Berth",
          description: database ? "A relational database." : "A small web server that says hello.",
          command: database ? ["postgres"] : ["httpd", "-f", "-v", "-p", "80", "-h", "/www"],
          entrypoint: database ? ["docker-entrypoint.sh"] : [],
          user: "",
          workingDirectory: "/",
          environment: database ? [{ name: "PGDATA", value: "/var/lib/postgresql/data" }] : [],
          ports: [{ containerPort: database ? 5432 : 80, protocol: "tcp" as const }],
          volumes: database ? ["/var/lib/postgresql/data"] : [],
        };
      }),
      pull: os.images.pull.handler(({ input }) => {
        const id = `pull-${activities.all().length + 1}`;
        activities.put(pulling(id, input.reference, null, "Asking the registry"));
        return { activity: id };
      }),
      remove: os.images.remove.handler(({ input }) => images.remove(input.id)),
      ...fakeImageCalls(images),
    },
    host: {
      complete: os.host.complete.handler(({ input }) => [
        `${input.typed}projects/`,
        `${input.typed}images.tar`,
      ]),
    },
    builds: fakeBuilds(),
    registries: fakeRegistryCalls(),
    ...fakeObjects(),
    ports: {
      list: os.ports.list.handler(forwards),
      watch: os.ports.watch.handler(({ signal }) => new Feed<PortForward[]>().follow([forwards()], signal)),
      check: os.ports.check.handler(({ input }) => {
        const holder = forwards().find((forward) => forward.hostPort === input.hostPort);
        return {
          free: holder === undefined,
          holder: holder === undefined ? null : `container ${holder.container}`,
          nextFree: input.hostPort + 1,
        };
      }),
    },
    activity: {
      list: os.activity.list.handler(() => activities.all()),
      watch: os.activity.watch.handler(({ signal }) => activities.follow(signal)),
      cancel: os.activity.cancel.handler(({ input }) => {
        const known = activities.get(input.id);
        if (known) activities.put({ ...known, state: "cancelled", endedAt: now(), detail: "Cancelled" });
      }),
      dismiss: os.activity.dismiss.handler(({ input }) => activities.remove(input.id)),
    },
    settings: {
      get: os.settings.get.handler(() => settings),
      set: os.settings.set.handler(({ input }) => {
        settings = settingsSchema.parse({ ...settings, ...input });
        settingsFeed.emit(settings);
        return { settings, needsRestart: Object.keys(input).filter((key) => key.startsWith("vm.")) };
      }),
      reset: os.settings.reset.handler(() => {
        settings = settingsSchema.parse({});
        settingsFeed.emit(settings);
        return settings;
      }),
      watch: os.settings.watch.handler(({ signal }) => settingsFeed.follow([settings], signal)),
    },
    serve: {
      start: os.serve.start.handler(() => ({ address: "http://127.0.0.1:1234/?token=example" })),
      stop: os.serve.stop.handler(() => undefined),
    },
  });
}
