import type { Activities } from "../activity/index.ts";
import type { PowerEvent, Settings } from "../contract/index.ts";
import type { IdleKeeper } from "../idle/index.ts";
import { BerthError, describeError, type Logger, type Machine, type Tunnel } from "../vm.ts";

/** How long the way into the VM may take to be found in order again after a wake. */
const REPAIR_MS = 60_000;

export interface PowerSurroundings {
  machine: Pick<Machine, "snapshot" | "suspend" | "stop" | "pause" | "unpause" | "hostWoke"> & {
    tunnel: Pick<Tunnel, "ready">;
  };
  activities: Activities;
  idle: Pick<IdleKeeper, "setComputer">;
  settings: () => Settings;
  logger: Logger;
}

/** Does what sleep, wake, shutdown, battery and screen lock of the computer ask for. */
export class PowerEvents {
  readonly #around: PowerSurroundings;
  #onBattery: boolean | null = null;
  /** We paused the VM, so we let it go on. */
  #pausedForSleep = false;

  constructor(around: PowerSurroundings) {
    this.#around = around;
  }

  /** Null while nobody has told. */
  get onBattery(): boolean | null {
    return this.#onBattery;
  }

  /** Resolves when what the event asks for is done; what fails is in the log and in the VM's problems. */
  async handle(event: PowerEvent): Promise<void> {
    const { idle, logger } = this.#around;
    logger.info("Power", { event });
    switch (event) {
      case "battery":
      case "mains":
        this.#onBattery = event === "battery";
        idle.setComputer({ onBattery: this.#onBattery });
        return;
      case "lock":
      case "unlock":
        idle.setComputer({ locked: event === "lock" });
        return;
      case "sleep":
        return this.#sleep();
      case "wake":
        return this.#wake();
      case "shutdown":
        return this.#shutDown();
    }
  }

  /** There is little time: a pause takes a millisecond, and a save that is cut short goes on after the wake. */
  async #sleep(): Promise<void> {
    const { machine, settings, logger } = this.#around;
    if (machine.snapshot().state !== "running") return;
    const wish = settings()["power.onSleep"];
    if (wish === "nothing") return;
    try {
      if (wish === "suspend" && machine.snapshot().canSuspend) {
        await machine.suspend();
        logger.info("Suspended the VM: the computer goes to sleep");
        return;
      }
      this.#pausedForSleep = true;
      await machine.pause();
      logger.info("Paused the VM: the computer goes to sleep");
    } catch (error) {
      this.#pausedForSleep = false;
      logger.warn("The VM was not put to rest before the sleep", { error: describeError(error) });
    }
  }

  /** Verifies that the VM is in order, where anybody can see it, and repairs what the sleep has broken. */
  async #wake(): Promise<void> {
    const { machine, activities, logger } = this.#around;
    const paused = this.#pausedForSleep;
    this.#pausedForSleep = false;
    const { state } = machine.snapshot();
    if (state !== "running" && !(paused && state === "paused")) return;
    const { done } = activities.start(
      { kind: "vm.wake", title: "Check the VM after the computer's sleep", cancellable: false },
      async (report) => {
        if (paused && machine.snapshot().state === "paused") {
          report({ detail: "Letting the VM go on", progress: null });
          await machine.unpause();
        }
        report({ detail: "Setting the clock and probing the way to Docker", progress: null });
        await machine.hostWoke();
        await machine.tunnel.ready(REPAIR_MS).catch((cause: unknown) => {
          throw unreachable(cause);
        });
      },
    );
    await done.catch((error: unknown) => {
      logger.warn("The VM is not in order after the sleep", { error: describeError(error) });
    });
  }

  /** The computer ends: what is saved goes on after the next start, what cannot be saved stops in order. */
  async #shutDown(): Promise<void> {
    const { machine, logger } = this.#around;
    const { state, canSuspend } = machine.snapshot();
    if (state === "running" || state === "paused" || state === "suspending") {
      if (canSuspend) await machine.suspend();
      else await machine.stop();
      logger.info("Put the VM to rest: the computer shuts down");
    }
  }
}

function unreachable(cause: unknown): BerthError {
  return new BerthError({
    code: "not_repaired_after_sleep",
    message: `After the computer's sleep Docker in the VM did not answer within ${REPAIR_MS / 1000} seconds.`,
    hint: "Run `berth restart`; containers come back by their restart policy.",
    cause,
  });
}
