import { EventEmitter } from "node:events";
import { describeError } from "./errors.ts";
import { CappedLog } from "./files/capped-log.ts";
import { endMachine } from "./lifecycle/active-machine.ts";
import type { MachineCore } from "./lifecycle/core.ts";
import { createCore, type MachineOptions } from "./lifecycle/create-core.ts";
import { describeMachine } from "./lifecycle/describe-machine.ts";
import { type MachineFigures, noFigures, readFigures } from "./lifecycle/figures.ts";
import { growDisk } from "./lifecycle/grow.ts";
import { type Journal, readJournal } from "./lifecycle/journal.ts";
import { cancelled, closedError } from "./lifecycle/request-errors.ts";
import { pause, unpause } from "./lifecycle/pause.ts";
import { reclaim } from "./lifecycle/reclaim.ts";
import { recover, unusableProcess, type UnusableProcess } from "./lifecycle/recover.ts";
import { notPossible } from "./lifecycle/states.ts";
import { remove, stop } from "./lifecycle/stop.ts";
import { SelfRestarts } from "./lifecycle/self-restarts.ts";
import { resume, start } from "./lifecycle/start.ts";
import { lastSuspendPhase, suspend, suspendCancelled } from "./lifecycle/suspend.ts";
import { TransitionQueue } from "./lifecycle/transition-queue.ts";
import { TunnelWatch } from "./lifecycle/tunnel-watch.ts";
import { type MachinePaths, machinePaths, prepareHome } from "./paths.ts";
import { machineSnapshots } from "./snapshots/machine-snapshots.ts";
import { Snapshots } from "./snapshots/snapshots.ts";
import type {
  DeleteOptions,
  Logger,
  LogName,
  MachineConfig,
  MachineEvents,
  MachineSnapshot,
  Problem,
  ReclaimResult,
  StartOptions,
  StopOptions,
  SuspendOptions,
  Tunnel,
  VmSnapshots,
  VmState,
} from "./types.ts";

const defaultLogCapBytes = 5 * 2 ** 20;

const journalDamaged: Problem = {
  id: "journal_damaged",
  message: "The VM's journal was damaged, so its state was read off what is there.",
  hint: "Nothing is needed: the journal is written anew and your data is untouched.",
  severity: "note",
};

/**
 * The one VM of a home: its life cycle and the tunnel into it.
 * Every method resolves when the asked state is reached and rejects with a BerthError; asking for a state
 * that already holds resolves at once, asking for the goal of the running transition joins it.
 */
export class Machine extends EventEmitter<MachineEvents> {
  readonly paths: MachinePaths;
  /** Kept moments of the whole VM. */
  readonly snapshots: VmSnapshots;
  readonly #core: MachineCore;
  readonly #queue = new TransitionQueue();
  readonly #logs: CappedLog[];
  readonly #watch: TunnelWatch;
  readonly #restarts: SelfRestarts;
  readonly #kept: Snapshots;
  #figures: MachineFigures = noFigures;
  /** A process that holds this home's VM but cannot be talked to. */
  #unusable: UnusableProcess | null = null;
  #closed = false;

  private constructor(
    paths: MachinePaths,
    getConfig: () => MachineConfig,
    logger: Logger,
    journal: Journal | null,
    options: MachineOptions,
  ) {
    super();
    this.paths = paths;
    this.#core = createCore(paths, getConfig, logger, journal, options, {
      changed: () => this.#changed(),
      progress: (progress) => this.emit("progress", progress),
      incoming: (wake) => this.#comingBack(wake),
      endedUnasked: () => {
        // Whoever has asked for the end meanwhile gets it.
        if (!/^(stop|delete)/.test(this.#queue.lastGoal ?? "")) void this.#restarts.ended();
      },
    });
    this.#restarts = new SelfRestarts(this.#core, (work) => this.#request("start", work));
    this.#kept = new Snapshots(this.#core);
    this.snapshots = machineSnapshots(this.#core, this.#kept, (goal, work) => this.#request(goal, work));
    this.#watch = new TunnelWatch(this.#core);
    this.#logs = [paths.serialLog, paths.qemuLog].map(
      (file) =>
        new CappedLog(file, options.logCapBytes ?? defaultLogCapBytes, (error) => {
          logger.warn("A log could not be kept below its cap", { file, error: describeError(error) });
        }),
    );
  }

  /**
   * Reads the journal, takes over a running QEMU, finishes or rolls back an interrupted transition, and
   * serves the Docker socket. `getConfig` is asked at every start.
   */
  static async open(
    home: string,
    getConfig: () => MachineConfig,
    logger: Logger,
    options: MachineOptions = {},
  ): Promise<Machine> {
    const paths = machinePaths(home);
    await prepareHome(paths);
    const journal = await readJournal(paths.journal);
    if (journal.kind === "damaged") {
      logger.warn("The VM's journal was damaged and is made anew from what is there", {
        error: describeError(journal.cause),
      });
    }
    const found = journal.kind === "value" ? journal.value : null;
    const machine = new Machine(paths, getConfig, logger, found, options);
    await machine.#begin(found?.state ?? null);
    const { status } = machine.#core;
    if (journal.kind === "damaged") status.addProblem(journalDamaged);
    else status.removeProblem(journalDamaged.id);
    return machine;
  }

  get tunnel(): Tunnel {
    return this.#core.tunnel;
  }

  snapshot(): MachineSnapshot {
    const pid = this.#unusable?.pid ?? null;
    return describeMachine(this.#core, this.#figures, this.#restarts.current, pid);
  }

  /** Brings the VM up: resumes a saved state (unless `cold`), unpauses, creates and boots as needed. */
  start(options: StartOptions = {}): Promise<void> {
    if (this.#unusable) return Promise.reject(unusableProcess());
    this.#restarts.hurry();
    return this.#request(options.cold ? "start cold" : "start", (signal) =>
      start(this.#core, options, signal),
    );
  }

  /**
   * Ends the containers in order and keeps the quiet machine for a fast start; shuts the guest down with `cold`, or
   * ends it at once with `force`. Calls off a start that is under way.
   */
  stop(options: StopOptions = {}): Promise<void> {
    this.#callOffStart();
    if (options.force) this.#endNow();
    const goal = options.force ? "stop forced" : options.cold ? "stop cold" : "stop";
    return this.#request(goal, async (signal) => {
      if (options.force) await this.#endUnusable();
      await stop(this.#core, options, signal);
    });
  }

  /** Shuts down and boots from scratch. */
  restart(): Promise<void> {
    return this.#request("restart", async (signal) => {
      await stop(this.#core, { cold: true }, signal);
      signal.throwIfAborted();
      await start(this.#core, { cold: true }, signal);
    });
  }

  /** Freezes the VM in memory. */
  pause(): Promise<void> {
    return this.#request("pause", () => pause(this.#core));
  }

  unpause(): Promise<void> {
    return this.#request("unpause", () => unpause(this.#core));
  }

  /** Writes the VM to disk and ends QEMU. When it fails or is called off, the VM goes on running. */
  suspend(options: SuspendOptions = {}): Promise<void> {
    const request = this.#request("suspend", (signal) => suspend(this.#core, signal));
    const cancel = () => this.cancelSuspend();
    options.signal?.addEventListener("abort", cancel, { once: true });
    if (options.signal?.aborted) cancel();
    return request.finally(() => options.signal?.removeEventListener("abort", cancel));
  }

  /** Calls off a suspend that is under way; false when there is none, or it is too late. */
  cancelSuspend(): boolean {
    const { state, currentPhase } = this.#core.status;
    if (!this.#queue.awaits("suspend")) return false;
    if (state === "suspended" || (state === "suspending" && currentPhase === lastSuspendPhase)) return false;
    this.#queue.cancel("suspend", suspendCancelled());
    return true;
  }

  /** Calls off a start or resume that is under way or waiting; false when there is none. */
  cancelStart(): boolean {
    const busy = this.#queue.busy && ["creating", "starting", "resuming"].includes(this.#core.status.state);
    this.#callOffStart();
    return busy;
  }

  /** Goes on from the saved state; boots, with a note, when it cannot be used. */
  resume(): Promise<void> {
    return this.#request("resume", (signal) => resume(this.#core, signal));
  }

  /** Removes the VM; its disk and keys too unless `keepData`. */
  delete(options: DeleteOptions = {}): Promise<void> {
    this.#callOffStart();
    this.#endNow();
    return this.#request(options.keepData ? "delete keeping data" : "delete", async () => {
      await this.#endUnusable();
      await remove(this.#core, options);
      if (!options.keepData) await this.#kept.removeAll();
    });
  }

  /** After the computer slept, or its clock was changed: sets the guest's clock and probes the tunnel. */
  async hostWoke(): Promise<void> {
    if (this.#core.status.state !== "running" || !this.#core.running) return;
    this.#core.tunnel.poke();
    await this.#core.running.guest.setTime();
  }

  /** Brings the disk figures of the snapshot up to date. */
  async refreshDisk(): Promise<MachineSnapshot> {
    this.#figures = await readFigures(this.#core, this.#figures);
    this.#changed();
    return this.snapshot();
  }

  /** Gives space freed in the guest back to the host; resolves to the bytes trimmed. */
  async trim(): Promise<number> {
    const { status, running } = this.#core;
    if (status.state !== "running" || running === null) throw notPossible("give space back", status.state);
    return running.guest.trim();
  }

  /** Gives memory and disk space that the guest does not use back to this computer. */
  reclaim(): Promise<ReclaimResult> {
    return reclaim(this.#core);
  }

  /**
   * Makes the data disk larger, while the VM runs or not. Throws `disk_shrink` when it is larger already.
   * `ask` is called before anything changes and lets the configuration ask for the new size: a boot grows a disk that is
   * smaller than asked for, and takes a larger one for a mistake.
   */
  growDisk(diskGiB: number, ask: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    return this.#request(`grow ${diskGiB}`, () => growDisk(this.#core, diskGiB, ask));
  }

  /** Path of a log file. */
  logFile(name: LogName): string {
    return name === "serial" ? this.paths.serialLog : this.paths.qemuLog;
  }

  /** Detaches: the VM keeps running and can be taken over by another Machine. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watch.stop();
    this.#restarts.close();
    for (const log of this.#logs) log.stop();
    const running = this.#core.running;
    this.#core.running = null;
    running?.guest.close();
    running?.machine.detach();
    this.#unusable?.release();
    await this.#core.tunnel.close();
    await this.#core.status.flush();
    this.removeAllListeners();
  }

  async #begin(journalled: VmState | null): Promise<void> {
    const { driver, tunnel, logger } = this.#core;
    for (const log of this.#logs) await log.start();
    await tunnel.serve();
    const attached = await driver.attach();
    if (attached.kind === "none") await this.#kept.recover();
    const left = await recover(this.#core, journalled, attached);
    if (left?.kind === "unusable") this.#unusable = left;
    if (left?.kind === "unfinished") {
      this.#request(left.goal, left.work).catch((error: unknown) => {
        logger.error("An interrupted transition could not be finished", { error: describeError(error) });
      });
    }
    await this.refreshDisk();
  }

  #request(goal: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    return this.#queue.request(goal, async (signal) => {
      for (const log of this.#logs) await log.start();
      await work(signal);
      await this.refreshDisk().catch((error: unknown) => {
        this.#core.logger.warn("Disk figures could not be read", { error: describeError(error) });
      });
    });
  }

  #callOffStart(): void {
    for (const goal of ["start", "start cold", "resume", "restart"]) this.#queue.cancel(goal, cancelled());
  }

  /** A process that shall end anyway need not be waited for in the queue. */
  #endNow(): void {
    if (!this.#core.running) return;
    endMachine(this.#core.running).catch((error: unknown) => {
      this.#core.logger.error("QEMU could not be ended", { error: describeError(error) });
    });
  }

  async #endUnusable(): Promise<void> {
    await this.#unusable?.end();
    this.#unusable = null;
  }

  /** Somebody wants into the guest while there is no way: what there is to wait for. */
  #comingBack(wake: boolean): Promise<void> | null {
    switch (this.#core.status.state) {
      case "suspended":
      case "suspending":
        if (!wake) return null;
        this.#core.logger.info("A connection wakes the VM");
        return this.resume();
      case "stopped":
      case "broken":
        if (this.#restarts.current === null) return wake ? this.#startOnDemand() : null;
        this.#restarts.hurry();
        return this.#queue.idle();
      case "starting":
      case "resuming":
      case "creating":
        return this.#queue.idle();
      default:
        return null;
    }
  }

  #startOnDemand(): Promise<void> | null {
    const { status, config, logger } = this.#core;
    if (status.state !== "stopped" || config().wakeWhenStopped !== true) return null;
    logger.info("A connection starts the VM");
    return this.start();
  }

  #changed(): void {
    if (!this.#closed) this.emit("change", this.snapshot());
  }
}
