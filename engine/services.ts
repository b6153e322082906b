import type Docker from "dockerode";
import { Activities } from "./activity/index.ts";
import type { Status } from "./contract/index.ts";
import { createDocker, DockerModel } from "./docker/index.ts";
import { Diagnostics } from "./diagnostics/index.ts";
import { toFailure } from "./errors.ts";
import { type ProgramEnvironment, programFolder } from "./image.ts";
import { LiveSignal } from "./live/live-signal.ts";
import type { FileLogger } from "./logging/logger.ts";
import { DiskUse, machineConfig, Resources, statusOf } from "./machine/index.ts";
import { Ports } from "./ports/index.ts";
import { findRendererFolder, Serve } from "./serve/index.ts";
import { SettingsStore } from "./settings/index.ts";
import { TerminalSessions } from "./terminal/index.ts";
import { Machine, type MachinePaths } from "./vm.ts";

/** Docker's API inside of the guest. */
const GUEST_DOCKER_SOCKET = "/run/docker.sock";

export interface ServicesOptions {
  paths: MachinePaths;
  version: string;
  program: ProgramEnvironment;
  logger: FileLogger;
}

/** Everything that one engine consists of, wired together. Procedures reach all of it through here. */
export class Services {
  readonly paths: MachinePaths;
  readonly version: string;
  readonly program: ProgramEnvironment;
  readonly logger: FileLogger;
  readonly startedAt = new Date();
  readonly settings: SettingsStore;
  readonly machine: Machine;
  readonly docker: Docker;
  readonly model: DockerModel;
  readonly ports: Ports;
  readonly activities: Activities;
  readonly terminals = new TerminalSessions();
  readonly resources: Resources;
  readonly diskUse: DiskUse;
  readonly serve: Serve;
  readonly diagnostics: Diagnostics;
  /** Anything that the status shows changed. */
  readonly statusChanged = new LiveSignal();
  readonly #stop: (() => void)[] = [];

  private constructor(options: ServicesOptions, settings: SettingsStore, machine: Machine) {
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
    this.resources = new Resources(machine, logger);
    this.diskUse = new DiskUse(machine, this.model, logger);
    this.serve = new Serve({ rendererFolder: findRendererFolder(programFolder()), logger });
    this.diagnostics = new Diagnostics(this);
    this.#wire();
  }

  /** Reads the settings and opens the VM, adopting it where it runs. */
  static async open(options: ServicesOptions): Promise<Services> {
    const settings = await SettingsStore.open(options.paths.home, options.logger);
    const config = () => machineConfig(settings.get(), options.program);
    const machine = await Machine.open(options.paths.home, config, options.logger);
    return new Services(options, settings, machine);
  }

  status(): Status {
    return statusOf({
      snapshot: this.machine.snapshot(),
      engineVersion: this.version,
      dockerSocket: this.paths.dockerSocket,
      dockerVersion: this.model.version,
      problems: this.settings.problems(),
    });
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
    this.diskUse.close();
    this.ports.close();
    this.model.disconnect();
    await this.serve.stop();
    await this.machine.close();
  }

  #wire(): void {
    const { machine, model, settings, statusChanged } = this;
    const changed = () => statusChanged.emit();
    const machineChanged = () => {
      const { state } = machine.snapshot();
      if (state === "stopped" || state === "absent" || state === "broken") this.ports.clear();
      changed();
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
    machine.tunnel.on("state", tunnelChanged);
    settings.on("change", settingsChanged);
    this.#stop.push(
      () => machine.off("change", machineChanged),
      () => machine.tunnel.off("state", tunnelChanged),
      () => settings.off("change", settingsChanged),
      model.onActivity(changed),
    );
    tunnelChanged();
  }
}
