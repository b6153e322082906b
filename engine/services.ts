import path from "node:path";
import type Docker from "dockerode";
import { Activities } from "./activity/index.ts";
import { Builds } from "./builds/index.ts";
import { Apps } from "./apps/index.ts";
import { ComposeProjects, ProjectRecords } from "./compose/index.ts";
import type { PortBinding, PowerReport, Status } from "./contract/index.ts";
import { createDocker, DockerModel, pullImage } from "./docker/index.ts";
import { Diagnostics } from "./diagnostics/index.ts";
import { Images } from "./images/index.ts";
import { toFailure } from "./errors.ts";
import { type ProgramEnvironment, programFolder } from "./image.ts";
import { type Idle, keepIdle, Use } from "./idle/index.ts";
import { ContainerFiles, Uploads } from "./files/index.ts";
import { LiveSignal } from "./live/live-signal.ts";
import type { FileLogger } from "./logging/logger.ts";
import {
  DiskCare,
  DiskUse,
  type EngineMachine,
  machineConfig,
  type OpenMachine,
  Resources,
  statusOf,
  VmSnapshotKeeper,
} from "./machine/index.ts";
import { Networks } from "./networks/index.ts";
import { Ports } from "./ports/index.ts";
import { PowerEvents } from "./power/index.ts";
import { Recreate } from "./recreate/index.ts";
import { Registries } from "./registries/index.ts";
import { SecretStore } from "./secrets/index.ts";
import { findRendererFolder, Serve } from "./serve/index.ts";
import { listSetting, SettingsStore } from "./settings/index.ts";
import { ContainerStats } from "./stats/index.ts";
import { builtInTemplates, TemplateRuns, Templates } from "./templates/index.ts";
import { Space } from "./space/index.ts";
import { TerminalSessions } from "./terminal/index.ts";
import { Transfer } from "./transfer/index.ts";
import { Versions } from "./versions/index.ts";
import { Volumes } from "./volumes/index.ts";
import type { MachinePaths, MachineProgress } from "./vm.ts";

/** Docker's API inside of the guest. */
const GUEST_DOCKER_SOCKET = "/run/docker.sock";
/** How long Docker's lists may take after it answers. */
const DOCKER_KNOWN_MS = 15_000;

export interface ServicesOptions {
  paths: MachinePaths;
  version: string;
  program: ProgramEnvironment;
  logger: FileLogger;
  openMachine: OpenMachine;
}

/** Everything that one engine consists of, wired together. Procedures reach all of it through here. */
export class Services {
  readonly paths: MachinePaths;
  readonly version: string;
  readonly program: ProgramEnvironment;
  readonly logger: FileLogger;
  readonly startedAt = new Date();
  readonly settings: SettingsStore;
  readonly machine: EngineMachine;
  readonly docker: Docker;
  readonly model: DockerModel;
  readonly ports: Ports;
  readonly activities: Activities;
  readonly projects: ComposeProjects;
  readonly apps: Apps;
  /** When the VM was last used, and what uses it now. */
  readonly use = new Use();
  readonly terminals = new TerminalSessions(() => this.use.begin("a terminal is open"));
  readonly files: ContainerFiles;
  readonly uploads: Uploads;
  readonly stats: ContainerStats;
  readonly secrets = new SecretStore();
  readonly registries: Registries;
  readonly images: Images;
  readonly builds: Builds;
  readonly volumes: Volumes;
  readonly networks: Networks;
  readonly space: Space;
  readonly recreate: Recreate;
  readonly versions: Versions;
  readonly templates: Templates;
  readonly templateRuns: TemplateRuns;
  readonly transfer: Transfer;
  readonly resources: Resources;
  readonly diskUse: DiskUse;
  readonly diskCare: DiskCare;
  readonly snapshots: VmSnapshotKeeper;
  readonly idle: Idle;
  readonly power: PowerEvents;
  readonly serve: Serve;
  readonly diagnostics: Diagnostics;
  /** Anything that the status shows changed. */
  readonly statusChanged = new LiveSignal();
  /** What the power report tells changed. */
  readonly powerChanged: LiveSignal;
  readonly #stop: (() => void)[] = [];
  #progress: Status["progress"] = null;

  private constructor(
    options: ServicesOptions,
    settings: SettingsStore,
    machine: EngineMachine,
    records: ProjectRecords,
  ) {
    const { logger } = options;
    this.paths = options.paths;
    this.version = options.version;
    this.program = options.program;
    this.logger = logger;
    this.settings = settings;
    this.machine = machine;
    this.docker = createDocker(() => machine.tunnel.connectUnix(GUEST_DOCKER_SOCKET));
    this.model = new DockerModel(this.docker, logger);
    this.ports = new Ports({
      containers: this.model.containers,
      tunnel: machine.tunnel,
      bindAddress: () => settings.get()["network.bindAddress"],
    });
    this.activities = new Activities((error) => toFailure(error), logger);
    this.projects = new ComposeProjects({
      tunnel: machine.tunnel,
      docker: this.docker,
      logger,
      records,
      containers: this.model.containers,
      ports: this.ports,
      ensureRunning: () => this.#ensureRunning(),
    });
    this.apps = new Apps(this.model.containers, this.projects);
    this.templateRuns = new TemplateRuns({
      projects: this.projects,
      containers: this.model.containers,
      docker: this.docker,
      secrets: this.secrets,
      ports: this.ports,
      ensureRunning: () => this.#ensureRunning(),
    });
    this.files = new ContainerFiles({ docker: this.docker, tunnel: machine.tunnel });
    this.uploads = new Uploads(this.docker, this.files);
    this.stats = new ContainerStats({ docker: this.docker, containers: this.model.containers, logger });
    this.registries = new Registries({
      docker: this.docker,
      secrets: this.secrets,
      insecure: () => listSetting(settings.get()["registries.insecure"]),
      containers: () => this.model.containers.all() ?? [],
      onChange: (listener) => this.#onRegistriesChange(listener),
    });
    this.images = new Images({
      docker: this.docker,
      guest: machine.tunnel,
      containers: () => this.model.containers.all() ?? [],
    });
    this.recreate = new Recreate({
      docker: this.docker,
      logger,
      activities: this.activities,
      reservePorts: (ports) => this.ports.reserve(ports),
      pull: async (reference, report, signal) => {
        const registryAuth = await this.registries.authFor(reference);
        await pullImage(this.docker, { reference, registryAuth }, report, signal);
      },
      journalFile: path.join(this.paths.home, "recreate.json"),
    });
    const { docker, model } = this;
    this.volumes = new Volumes({ docker, guest: machine.tunnel, model, logger });
    this.networks = new Networks({ docker, model, logger });
    this.space = new Space({ docker, guest: machine.tunnel, images: this.images, volumes: this.volumes });
    this.builds = new Builds({
      guest: machine.tunnel,
      activities: this.activities,
      registries: this.registries,
      home: options.paths.home,
      logger,
    });
    const containerTools = {
      docker: this.docker,
      activities: this.activities,
      recreate: this.recreate,
      reservePorts: (ports: PortBinding[]) => this.ports.reserve(ports),
    };
    this.versions = new Versions(containerTools);
    this.transfer = new Transfer(containerTools);
    this.templates = new Templates({
      home: options.paths.home,
      builtIn: builtInTemplates(programFolder()),
      secrets: this.secrets,
      logger,
    });
    this.resources = new Resources(machine, logger);
    this.diskUse = new DiskUse(machine, this.model, logger);
    this.diskCare = new DiskCare(machine, settings, this.activities);
    this.snapshots = new VmSnapshotKeeper(machine, this.activities);
    this.idle = keepIdle(this);
    this.powerChanged = this.idle.changed;
    this.power = new PowerEvents({
      machine,
      activities: this.activities,
      idle: this.idle.keeper,
      settings: () => settings.get(),
      logger,
    });
    this.serve = new Serve({ rendererFolder: findRendererFolder(programFolder()), logger });
    this.diagnostics = new Diagnostics(this);
    this.#wire();
  }

  /** Reads the settings and opens the VM, adopting it where it runs. */
  static async open(options: ServicesOptions): Promise<Services> {
    const settings = await SettingsStore.open(options.paths.home, options.logger);
    const config = () => machineConfig(settings.get(), options.program);
    const machine = await options.openMachine(options.paths.home, config, options.logger);
    const records = await ProjectRecords.open(options.paths.home, options.logger);
    return new Services(options, settings, machine, records);
  }

  status(): Status {
    return statusOf({
      snapshot: this.machine.snapshot(),
      engineVersion: this.version,
      dockerSocket: this.paths.dockerSocket,
      dockerVersion: this.model.version,
      progress: this.#progress,
      problems: this.settings.problems(),
    });
  }

  powerReport(): PowerReport {
    return { onBattery: this.power.onBattery, idle: this.idle.keeper.report() };
  }

  /** Brings the VM up where it is not, and waits until Docker's lists are known. */
  async #ensureRunning(): Promise<void> {
    await this.machine.start();
    await this.machine.tunnel.ready();
    await this.dockerKnown(DOCKER_KNOWN_MS);
  }

  /** Waits, within bounds, until Docker's lists are known; at once where the VM does not run. */
  async dockerKnown(patienceMs: number): Promise<void> {
    const settled = () => this.model.version !== null || this.machine.snapshot().state !== "running";
    if (settled()) return;
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        unsubscribe();
        resolve();
      };
      const timer = setTimeout(finish, patienceMs);
      const unsubscribe = this.statusChanged.subscribe(() => {
        if (settled()) finish();
      });
    });
  }

  /** Lets go of everything; the VM goes on. */
  async close(): Promise<void> {
    for (const stop of this.#stop) stop();
    this.activities.close();
    this.apps.close();
    this.stats.close();
    this.diskUse.close();
    this.volumes.close();
    this.networks.close();
    this.idle.close();
    this.ports.close();
    this.model.disconnect();
    await this.serve.stop();
    await this.machine.close();
  }

  #onRegistriesChange(listener: () => void): () => void {
    const stop = this.model.containers.onChange(listener);
    this.settings.on("change", listener);
    return () => {
      stop();
      this.settings.off("change", listener);
    };
  }

  #wire(): void {
    const { machine, model, settings, statusChanged } = this;
    const changed = () => statusChanged.emit();
    const machineChanged = () => {
      const { state } = machine.snapshot();
      // A visitor may start a stopped VM, where the setting says so; then its ports stay.
      const stays = state === "stopped" && settings.get()["vm.wakeWhenStopped"];
      if (state === "absent" || state === "broken" || (state === "stopped" && !stays)) this.ports.clear();
      changed();
    };
    const progressed = ({ bytes }: MachineProgress) => {
      this.#progress = bytes === undefined ? null : { doneBytes: bytes.done, totalBytes: bytes.total };
    };
    const tunnelChanged = () => {
      if (machine.tunnel.state === "up") model.connect();
      else model.disconnect();
    };
    const settingsChanged = () => {
      this.ports.apply();
      changed();
    };
    machine.on("change", machineChanged);
    machine.on("progress", progressed);
    machine.tunnel.on("state", tunnelChanged);
    settings.on("change", settingsChanged);
    this.#stop.push(
      () => machine.off("change", machineChanged),
      () => machine.off("progress", progressed),
      () => machine.tunnel.off("state", tunnelChanged),
      () => settings.off("change", settingsChanged),
      model.onActivity(changed),
      model.containers.onChange(() => {
        if (model.containers.known) void this.recreate.finishUnfinished();
      }),
    );
    tunnelChanged();
  }
}
