import type { MachineProgress } from "../types.ts";
import type { MachineStatus } from "./status.ts";

/** What a phase means to people, once reached. */
const messages: Record<string, string> = {
  prepare: "Image, keys and disk are ready",
  qemu: "The virtual machine is switched on",
  initrd: "The kernel is up",
  init: "The system is starting",
  disk: "The data disk is mounted",
  network: "The network is up",
  sshd: "The VM accepts connections",
  containerd: "The container runtime is up",
  dockerd: "Docker is up",
  load: "The saved state is loaded",
  continue: "The VM goes on where it stopped",
  clock: "The clock is set",
  tunnel: "The tunnel into the VM stands",
  ready: "Docker answers",
  shutdown: "The VM was asked to shut down",
  guest: "Containers have stopped and the disk is unmounted",
  request: "The VM writes its memory to its own disk",
  awake: "The VM goes on where it stopped",
  pause: "The VM stands still",
  save: "The state of the VM is saved",
  containers: "The containers have stopped",
  backup: "What was before is kept",
  upgrade: "The data is up to date",
  restore: "The snapshot is restored",
  end: "The virtual machine is switched off",
};

/** Measures one transition: how long after the request each of its steps was reached. */
export class PhaseClock {
  readonly #status: MachineStatus;
  readonly #transition: MachineProgress["transition"];
  readonly #order: readonly string[];
  readonly #startedAt = performance.now();
  readonly #reached = new Set<string>();
  readonly #uptimes = new Map<string, number>();
  readonly #recorded: boolean;
  /** Earliest possible moment of the guest's power-on, by its own uptime and our clock. */
  #guestStartMs = Number.POSITIVE_INFINITY;
  #finished = false;

  /** `order` lists the expected steps; with `recorded` they become the phases of the snapshot. */
  constructor(
    status: MachineStatus,
    transition: MachineProgress["transition"],
    order: readonly string[],
    recorded: boolean,
  ) {
    this.#status = status;
    this.#transition = transition;
    this.#order = order;
    this.#recorded = recorded;
    if (recorded) status.clearPhases();
    this.#announce(order[0] ?? transition, 0, "");
  }

  elapsedMs(): number {
    return Math.round(performance.now() - this.#startedAt);
  }

  /** A step has been reached just now. */
  reached(name: string): void {
    this.#record(name, this.elapsedMs());
  }

  /** So many bytes of the step under way are written. */
  written(bytes: { done: number; total: number }): void {
    const phase = this.#order.find((step) => !this.#reached.has(step)) ?? this.#transition;
    this.#status.progress({
      transition: this.#transition,
      phase,
      ms: this.elapsedMs(),
      message: "The state of the VM is being saved",
      bytes,
    });
  }

  /** The last step has been reached just now; what comes later is not part of the transition. */
  finished(name: string): void {
    this.reached(name);
    this.#finished = true;
  }

  /**
   * The guest reached a step at this time of its own. A late report does not make the step late: the earliest
   * power-on that any report allows counts for all of them.
   */
  reachedInGuest(name: string, uptimeSeconds: number): void {
    if (this.#finished) return;
    const uptimeMs = uptimeSeconds * 1000;
    const startMs = Math.max(0, this.elapsedMs() - uptimeMs);
    this.#uptimes.set(name, uptimeMs);
    if (startMs < this.#guestStartMs) {
      this.#guestStartMs = startMs;
      for (const [step, stepUptimeMs] of this.#uptimes) {
        if (this.#reached.has(step) && this.#recorded) {
          this.#status.setPhase(step, Math.round(startMs + stepUptimeMs));
        }
      }
    }
    this.#record(name, Math.round(this.#guestStartMs + uptimeMs));
  }

  #record(name: string, ms: number): void {
    if (this.#finished || this.#reached.has(name)) return;
    this.#reached.add(name);
    if (this.#recorded) this.#status.setPhase(name, ms);
    const next = this.#order.find((step) => !this.#reached.has(step)) ?? name;
    this.#announce(next, ms, messages[name] ?? name);
  }

  #announce(phase: string, ms: number, message: string): void {
    this.#status.progress({ transition: this.#transition, phase, ms, message });
  }
}
