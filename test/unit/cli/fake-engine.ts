import { createRouterClient, implement } from "@orpc/server";
import { contract } from "../../../engine/contract/index.ts";
import type {
  BerthClient,
  Check,
  ContainerSummary,
  DiskUsage,
  PortForward,
  PowerReport,
  Settings,
  SettingsPatch,
  Status,
  VmSnapshot,
  VmSnapshots,
} from "../../../engine/contract/index.ts";
import { settingsSchema } from "../../../engine/contract/index.ts";

type TerminalItem = { kind: "stdout" | "stderr"; data: string } | { kind: "exit"; code: number };

/** An engine without a VM: what a test sets is what the CLI is told; what the CLI asked for is kept. */
export class FakeEngine {
  status: Status = runningStatus();
  /** What `vm.watch` tells after the present status. */
  upcoming: Status[] = [];
  settings: Settings = settingsSchema.parse({});
  containers: ContainerSummary[] = [];
  forwards: PortForward[] = [];
  checks: Check[] = [];
  logLines: string[] = [];
  terminal: TerminalItem[] = [];
  /** Everything changed or asked for, in order. */
  readonly calls: string[] = [];
  readonly input: string[] = [];
  vmSnapshots: VmSnapshots = { snapshots: [], pendingRestore: null };
  power: PowerReport = {
    onBattery: null,
    idle: { enabled: true, suspendAt: null, reason: "It stays awake: a build runs.", last: null },
  };
  /** Thrown by the next life-cycle call. */
  failure: { code: string; message: string; hint: string } | null = null;
  /** Keeps life-cycle calls from ending, unless they are called off. */
  stuck = false;
  #unstick = () => {};

  client(): BerthClient {
    return createRouterClient(this.#router());
  }

  #diskUsage(): DiskUsage {
    const { disk, vm } = this.status;
    return { ...disk, diskGiB: vm.diskGiB, suspendedBytes: 0, warmBytes: 0, snapshotBytes: 0 };
  }

  #router() {
    const os = implement(contract);
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- generators have a `this` of their own
    const engine = this;
    let told = () => {};
    const watched = new Promise<void>((resolve) => (told = resolve));
    const act = async (name: string, after: Partial<Status>) => {
      this.calls.push(name);
      if (this.failure) throw typedFailure(this.failure);
      if (this.upcoming.length > 0) await watched;
      if (this.stuck) {
        await new Promise<void>((resolve) => (this.#unstick = resolve));
        throw typedFailure({ code: "cancelled", message: "It was called off.", hint: "" });
      }
      this.status = { ...(this.upcoming.at(-1) ?? this.status), currentPhase: null, ...after };
    };
    const unused = () => {
      throw new Error("Not part of this test.");
    };
    return os.router({
      system: {
        hello: os.system.hello.handler(unused),
        quit: os.system.quit.handler(({ input }) => void this.calls.push(`quit ${input.vm}`)),
        checks: os.system.checks.handler(() => this.checks),
        fix: os.system.fix.handler(({ input }) => {
          this.calls.push(`fix ${input.id}`);
          this.checks = this.checks.map((check) =>
            check.id === input.id ? { ...check, ok: true, problem: null } : check,
          );
          return this.checks;
        }),
      },
      flow: { ack: os.flow.ack.handler(() => undefined) },
      vm: {
        status: os.vm.status.handler(() => this.status),
        watch: os.vm.watch.handler(async function* () {
          yield* batches([engine.status, ...engine.upcoming]);
          told();
        }),
        start: os.vm.start.handler(({ input }) =>
          act(input.cold ? "start cold" : "start", { state: "running" }),
        ),
        stop: os.vm.stop.handler(() => act("stop", { state: "stopped" })),
        restart: os.vm.restart.handler(() => act("restart", { state: "running" })),
        pause: os.vm.pause.handler(() => act("pause", { state: "paused" })),
        unpause: os.vm.unpause.handler(() => act("unpause", { state: "running" })),
        suspend: os.vm.suspend.handler(() => act("suspend", { state: "suspended" })),
        resume: os.vm.resume.handler(() => act("resume", { state: "running" })),
        delete: os.vm.delete.handler(({ input }) =>
          act(input.keepData ? "delete keeping data" : "delete", { state: "absent" }),
        ),
        cancel: os.vm.cancel.handler(() => {
          this.calls.push("cancel");
          this.#unstick();
          return true;
        }),
        resources: os.vm.resources.handler(unused),
        logs: os.vm.logs.handler(({ input }) => batches(this.logLines.slice(-input.tailLines))),
      },
      disk: {
        usage: os.disk.usage.handler(() => this.#diskUsage()),
        reclaim: os.disk.reclaim.handler(() => {
          this.calls.push("reclaim");
          return { freedDiskBytes: 3 << 20, freedMemoryBytes: null, hostUsedBytes: 900, guestUsedBytes: 800 };
        }),
        grow: os.disk.grow.handler(({ input }) => {
          this.calls.push(`grow ${input.diskGiB}`);
          return { ...this.#diskUsage(), diskGiB: input.diskGiB };
        }),
      },
      snapshots: {
        list: os.snapshots.list.handler(() => this.vmSnapshots),
        create: os.snapshots.create.handler(({ input }) => {
          this.calls.push(`snapshot ${input.name} ${input.withState ? "with state" : "disk"}`);
          return vmSnapshot({ name: input.name, withState: input.withState });
        }),
        restore: os.snapshots.restore.handler(({ input }) => {
          this.calls.push(`restore ${input.name}`);
          const at = "2026-01-05T11:00:00.000Z";
          return { ...this.vmSnapshots, pendingRestore: { snapshot: input.name, replaced: "before", at } };
        }),
        confirm: os.snapshots.confirm.handler(() => {
          this.calls.push("confirm restore");
          return this.vmSnapshots;
        }),
        undo: os.snapshots.undo.handler(() => {
          this.calls.push("undo restore");
          return this.vmSnapshots;
        }),
        delete: os.snapshots.delete.handler(
          ({ input }) => void this.calls.push(`delete snapshot ${input.name}`),
        ),
      },
      power: {
        event: os.power.event.handler(unused),
        get: os.power.get.handler(() => this.power),
        watch: os.power.watch.handler(unused),
      },
      terminal: {
        open: os.terminal.open.handler(({ input }) => {
          this.calls.push(`open ${JSON.stringify(input.command)} ${input.tty ? "tty" : "pipes"}`);
          return batches(this.terminal);
        }),
        input: os.terminal.input.handler(({ input }) => {
          this.input.push(input.end ? "<end>" : Buffer.from(input.data, "base64").toString());
        }),
        resize: os.terminal.resize.handler(() => undefined),
        choices: os.terminal.choices.handler(unused),
      },
      apps: {
        list: os.apps.list.handler(unused),
        watch: os.apps.watch.handler(unused),
        examine: os.apps.examine.handler(unused),
        add: os.apps.add.handler(unused),
        up: os.apps.up.handler(unused),
        down: os.apps.down.handler(unused),
        start: os.apps.start.handler(unused),
        stop: os.apps.stop.handler(unused),
        restart: os.apps.restart.handler(unused),
        pause: os.apps.pause.handler(unused),
        unpause: os.apps.unpause.handler(unused),
        pull: os.apps.pull.handler(unused),
        rebuild: os.apps.rebuild.handler(unused),
        scale: os.apps.scale.handler(unused),
        files: os.apps.files.handler(unused),
        save: os.apps.save.handler(unused),
        validate: os.apps.validate.handler(unused),
      },
      containers: {
        list: os.containers.list.handler(() => this.containers),
        watch: os.containers.watch.handler(unused),
        run: os.containers.run.handler(unused),
        start: os.containers.start.handler(unused),
        stop: os.containers.stop.handler(unused),
        restart: os.containers.restart.handler(unused),
        pause: os.containers.pause.handler(unused),
        unpause: os.containers.unpause.handler(unused),
        kill: os.containers.kill.handler(unused),
        remove: os.containers.remove.handler(unused),
        rename: os.containers.rename.handler(unused),
        inspect: os.containers.inspect.handler(unused),
      },
      configuration: {
        read: os.configuration.read.handler(unused),
        render: os.configuration.render.handler(unused),
        parse: os.configuration.parse.handler(unused),
        run: os.configuration.run.handler(unused),
        apply: os.configuration.apply.handler(unused),
        update: os.configuration.update.handler(unused),
      },
      versions: {
        tree: os.versions.tree.handler(unused),
        snapshot: os.versions.snapshot.handler(unused),
        changes: os.versions.changes.handler(unused),
        revert: os.versions.revert.handler(unused),
        fork: os.versions.fork.handler(unused),
        promote: os.versions.promote.handler(unused),
        remove: os.versions.remove.handler(unused),
      },
      templates: {
        list: os.templates.list.handler(unused),
        search: os.templates.search.handler(unused),
        show: os.templates.show.handler(unused),
        icon: os.templates.icon.handler(unused),
        validate: os.templates.validate.handler(unused),
        import: os.templates.import.handler(unused),
        check: os.templates.check.handler(unused),
        save: os.templates.save.handler(unused),
        remove: os.templates.remove.handler(unused),
        run: os.templates.run.handler(unused),
        export: os.templates.export.handler(unused),
        instance: os.templates.instance.handler(unused),
        secret: os.templates.secret.handler(unused),
        repositories: {
          list: os.templates.repositories.list.handler(unused),
          add: os.templates.repositories.add.handler(unused),
          update: os.templates.repositories.update.handler(unused),
          remove: os.templates.repositories.remove.handler(unused),
        },
        publish: os.templates.publish.handler(unused),
      },
      transfer: {
        exportFiles: os.transfer.exportFiles.handler(unused),
        exportContainer: os.transfer.exportContainer.handler(unused),
        examine: os.transfer.examine.handler(unused),
        importContainer: os.transfer.importContainer.handler(unused),
      },
      files: {
        list: os.files.list.handler(unused),
        read: os.files.read.handler(unused),
        write: os.files.write.handler(unused),
        makeFolder: os.files.makeFolder.handler(unused),
        remove: os.files.remove.handler(unused),
        download: os.files.download.handler(unused),
        upload: os.files.upload.handler(unused),
        uploadData: os.files.uploadData.handler(unused),
      },
      logs: { follow: os.logs.follow.handler(unused) },
      stats: { watch: os.stats.watch.handler(unused) },
      images: {
        list: os.images.list.handler(() => []),
        watch: os.images.watch.handler(unused),
        defaults: os.images.defaults.handler(unused),
        details: os.images.details.handler(unused),
        lineage: os.images.lineage.handler(unused),
        pull: os.images.pull.handler(unused),
        push: os.images.push.handler(unused),
        tag: os.images.tag.handler(unused),
        untag: os.images.untag.handler(unused),
        updates: os.images.updates.handler(unused),
        removalPreview: os.images.removalPreview.handler(unused),
        remove: os.images.remove.handler(unused),
        save: os.images.save.handler(unused),
        load: os.images.load.handler(unused),
        importRootfs: os.images.importRootfs.handler(unused),
        prunePreview: os.images.prunePreview.handler(unused),
        prune: os.images.prune.handler(unused),
      },
      host: { complete: os.host.complete.handler(unused) },
      builds: {
        list: os.builds.list.handler(unused),
        watch: os.builds.watch.handler(unused),
        start: os.builds.start.handler(unused),
        repeat: os.builds.repeat.handler(unused),
        follow: os.builds.follow.handler(unused),
        remove: os.builds.remove.handler(unused),
      },
      registries: {
        list: os.registries.list.handler(unused),
        watch: os.registries.watch.handler(unused),
        signIn: os.registries.signIn.handler(unused),
        signOut: os.registries.signOut.handler(unused),
        test: os.registries.test.handler(unused),
        search: os.registries.search.handler(unused),
        tags: os.registries.tags.handler(unused),
        startPrivate: os.registries.startPrivate.handler(unused),
      },
      volumes: {
        names: os.volumes.names.handler(() => ["data"]),
        list: os.volumes.list.handler(unused),
        watch: os.volumes.watch.handler(unused),
        measure: os.volumes.measure.handler(unused),
        create: os.volumes.create.handler(unused),
        remove: os.volumes.remove.handler(unused),
        browse: os.volumes.browse.handler(unused),
        backup: os.volumes.backup.handler(unused),
        restore: os.volumes.restore.handler(unused),
        clone: os.volumes.clone.handler(unused),
        prunePreview: os.volumes.prunePreview.handler(unused),
        prune: os.volumes.prune.handler(unused),
      },
      space: { usage: os.space.usage.handler(unused), reclaim: os.space.reclaim.handler(unused) },
      networks: {
        list: os.networks.list.handler(unused),
        watch: os.networks.watch.handler(unused),
        create: os.networks.create.handler(unused),
        connect: os.networks.connect.handler(unused),
        disconnect: os.networks.disconnect.handler(unused),
        remove: os.networks.remove.handler(unused),
        prunePreview: os.networks.prunePreview.handler(unused),
        prune: os.networks.prune.handler(unused),
      },
      ports: {
        list: os.ports.list.handler(() => this.forwards),
        watch: os.ports.watch.handler(unused),
        check: os.ports.check.handler(unused),
      },
      activity: {
        list: os.activity.list.handler(() => []),
        watch: os.activity.watch.handler(unused),
        cancel: os.activity.cancel.handler(unused),
        dismiss: os.activity.dismiss.handler(unused),
      },
      settings: {
        get: os.settings.get.handler(() => this.settings),
        set: os.settings.set.handler(({ input }) => {
          this.calls.push(`set ${JSON.stringify(input)}`);
          this.settings = settingsSchema.parse({ ...this.settings, ...input });
          return { settings: this.settings, needsRestart: restartKeys(input) };
        }),
        reset: os.settings.reset.handler(() => {
          this.calls.push("reset settings");
          return (this.settings = settingsSchema.parse({}));
        }),
        watch: os.settings.watch.handler(unused),
      },
      serve: {
        start: os.serve.start.handler(({ input }) => {
          this.calls.push(`serve ${input.host} ${input.port}`);
          return { address: "http://127.0.0.1:4000/?token=once" };
        }),
        stop: os.serve.stop.handler(() => void this.calls.push("serve stop")),
      },
    });
  }
}

/** A running VM without problems. */
export function runningStatus(changes: Partial<Status> = {}): Status {
  return {
    state: "running",
    since: "2026-01-05T10:00:00.000Z",
    lastStart: "cold",
    phases: [{ name: "docker", ms: 12_340 }],
    currentPhase: null,
    progress: null,
    selfRestart: null,
    pendingRestore: null,
    engine: { pid: 41, version: "0.1.0" },
    vm: { accelerator: "tcg", cpus: 2, memoryMiB: 2048, diskGiB: 64, pid: 42 },
    docker: { socket: "/home/me/.berth/docker.sock", version: "26.1.5" },
    disk: { guestUsedBytes: 1_288_490_189, hostUsedBytes: 943_718_400 },
    problems: [],
    ...changes,
  };
}

export function vmSnapshot(changes: Partial<VmSnapshot> = {}): VmSnapshot {
  return {
    name: "before-upgrade",
    createdAt: "2026-01-05T10:00:00.000Z",
    withState: true,
    automatic: false,
    diskGiB: 64,
    uniqueBytes: 512 << 20,
    ...changes,
  };
}

async function* batches<T>(items: T[]) {
  await Promise.resolve();
  yield { stream: "test", seq: 1, items };
}

function restartKeys(patch: SettingsPatch): string[] {
  return Object.keys(patch).filter((key) => key.startsWith("vm."));
}

function typedFailure({ code, message, hint }: { code: string; message: string; hint: string }): Error {
  return Object.assign(new Error(message), { data: { code, hint } });
}
