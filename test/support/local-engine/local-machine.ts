import { execFile } from "node:child_process";
import { EventEmitter } from "node:events";
import { rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { EngineMachine } from "../../../engine/machine/index.ts";
import {
  BerthError,
  type DeleteOptions,
  type Logger,
  type LogName,
  type MachineConfig,
  type MachineEvents,
  type MachinePaths,
  type MachineSnapshot,
  machinePaths,
  type StopOptions,
  type VmState,
} from "../../../vm/host/index.ts";
import { type DaemonSettings, guestFolder, LocalGuest } from "./guest.ts";
import { LocalTunnel } from "./local-tunnel.ts";
import { Relay } from "./relay.ts";

const run = promisify(execFile);

/**
 * A machine for the engine whose guest is no VM (see index.ts). It starts and stops; a guest that runs already is
 * adopted, so that an engine can be killed and replaced. What only a VM can do (pause, suspend, …) is refused with
 * `not_in_local_engine`.
 */
export class LocalMachine extends EventEmitter<MachineEvents> implements EngineMachine {
  readonly paths: MachinePaths;
  readonly tunnel: LocalTunnel;
  readonly #config: () => MachineConfig;
  readonly #settings: DaemonSettings;
  #guest: LocalGuest | null = null;
  #state: VmState = "stopped";
  #since = new Date().toISOString();
  #hostUsedBytes = 0;
  /** Transitions one after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(home: string, config: () => MachineConfig, logger: Logger, settings: DaemonSettings) {
    super();
    this.paths = machinePaths(home);
    this.tunnel = new LocalTunnel(logger);
    this.#config = config;
    this.#settings = settings;
  }

  /** Opens the machine of a home and brings its guest up. */
  static async open(
    home: string,
    config: () => MachineConfig,
    logger: Logger,
    settings: DaemonSettings,
  ): Promise<LocalMachine> {
    const machine = new LocalMachine(home, config, logger, settings);
    await machine.tunnel.serve(machine.paths.dockerSocket);
    await machine.start();
    return machine;
  }

  snapshot(): MachineSnapshot {
    const { cpus, memoryMiB, diskGiB } = this.#config();
    return {
      state: this.#state,
      since: this.#since,
      lastStart: this.#guest ? "cold" : null,
      phases: [],
      currentPhase: null,
      accelerator: null,
      cpus,
      memoryMiB,
      diskGiB,
      pid: this.#guest?.pid ?? null,
      qemuVersion: null,
      image: null,
      tunnel: this.tunnel.state,
      canSuspend: false,
      suspendMethod: "none",
      disk: { guestUsedBytes: this.#hostUsedBytes, hostUsedBytes: this.#hostUsedBytes },
      suspendedBytes: null,
      warmBytes: null,
      selfRestart: null,
      pendingRestore: null,
      problems: [],
    };
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#guest !== null) return;
      this.#become("starting");
      const folder = guestFolder(this.paths.home);
      const guest =
        LocalGuest.running(folder) ??
        (await LocalGuest.start(folder, this.#config().imageDir, this.paths.serialLog, this.#settings));
      const relay = await Relay.open(guest, folder);
      this.#guest = guest;
      this.#become("running");
      this.tunnel.open(guest, relay);
    });
  }

  stop(options: StopOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#guest === null) return;
      this.#become("stopping");
      this.tunnel.shut();
      await this.#guest.stop(options.force ?? false);
      this.#guest = null;
      this.#become("stopped");
    });
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  resume(): Promise<void> {
    return this.start();
  }

  async delete(options: DeleteOptions = {}): Promise<void> {
    await this.stop({ force: true });
    if (!options.keepData) {
      await rm(path.join(guestFolder(this.paths.home), "data"), { recursive: true, force: true });
    }
    this.#become("absent");
  }

  async refreshDisk(): Promise<MachineSnapshot> {
    // Exit status 1 only says that something vanished while it was looked at.
    const { stdout } = await run("du", ["-sxB1", path.join(guestFolder(this.paths.home), "data")]).catch(
      () => ({ stdout: "0" }),
    );
    this.#hostUsedBytes = Number.parseInt(stdout, 10);
    this.emit("change", this.snapshot());
    return this.snapshot();
  }

  get snapshots(): EngineMachine["snapshots"] {
    const refused = () => refuse("take snapshots");
    return {
      create: refused,
      list: () => Promise.resolve([]),
      restore: refused,
      confirmRestore: refused,
      undoRestore: refused,
      delete: refused,
    };
  }

  hostWoke(): Promise<void> {
    return Promise.resolve();
  }

  trim(): Promise<number> {
    return Promise.resolve(0);
  }

  cancelSuspend(): boolean {
    return false;
  }

  cancelStart(): boolean {
    return false;
  }

  pause(): Promise<never> {
    return refuse("be paused");
  }

  unpause(): Promise<never> {
    return refuse("be unpaused");
  }

  suspend(): Promise<never> {
    return refuse("be suspended");
  }

  reclaim(): Promise<never> {
    return refuse("give space back");
  }

  growDisk(): Promise<never> {
    return refuse("grow its disk");
  }

  logFile(name: LogName): string {
    return name === "serial" ? this.paths.serialLog : this.paths.qemuLog;
  }

  /** Lets go of the guest, which goes on for the next engine. */
  close(): Promise<void> {
    this.tunnel.close();
    this.removeAllListeners();
    return Promise.resolve();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => this.#become(this.#guest ? "running" : "stopped"));
    return done;
  }

  #become(state: VmState): void {
    this.#state = state;
    this.#since = new Date().toISOString();
    this.emit("change", this.snapshot());
  }
}

function refuse(what: string): Promise<never> {
  return Promise.reject(
    new BerthError({
      code: "not_in_local_engine",
      message: `The local engine is no VM: it cannot ${what}.`,
      hint: "Use a VM for this.",
    }),
  );
}
