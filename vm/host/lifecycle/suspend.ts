import type { SavedState, SavedStateFacts } from "../disk/saved-state.ts";
import { BerthError, describeError } from "../errors.ts";
import { endMachine, unexpectedEnd } from "./active-machine.ts";
import type { ActiveMachine, MachineCore } from "./core.ts";
import { hibernate } from "./hibernate.ts";
import { PhaseClock } from "./phase-clock.ts";
import { notPossible } from "./states.ts";

/** The last step of a suspend; once it is reached there is no way back. */
export const lastSuspendPhase = "end";

/**
 * Writes the whole machine to disk and ends its process. When it fails or is called off, the machine goes on
 * running and its connections with it.
 */
export async function suspend(core: MachineCore, signal: AbortSignal): Promise<void> {
  if (core.status.state === "suspended") return;
  const active = core.running;
  if (active === null || (core.status.state !== "running" && core.status.state !== "paused")) {
    throw notPossible("suspend", core.status.state);
  }
  if (core.driver.capabilities.suspendToDisk === "none") throw notSupported();
  if (core.status.problems.some(({ id }) => id === "host_disk_full")) throw diskFull();

  await core.status.step("suspending");
  const own = core.driver.capabilities.suspendToDisk === "hibernate";
  const steps = own ? ["request", lastSuspendPhase] : ["pause", "save", lastSuspendPhase];
  const clock = new PhaseClock(core.status, "suspend", steps, false);
  try {
    core.tunnel.hold();
    if (own) await hibernate(core, active, factsOf(core, active), clock, signal);
    else await writeState(core, active, core.saved, clock, signal);
  } catch (cause) {
    await rollBackSuspend(core, active);
    if (signal.aborted && !active.machine.ended) throw suspendCancelled();
    throw suspendFailed(cause, active.machine.ended);
  }
  await finishSuspend(core, active);
  clock.reached(lastSuspendPhase);
}

/**
 * Stops the processors and writes the machine to the state's files. Afterwards it stands still; when this throws,
 * there is no state and the machine can be continued.
 */
export async function writeState(
  core: MachineCore,
  active: ActiveMachine,
  saved: SavedState,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  await active.machine.pause();
  clock.reached("pause");
  await saved.discardPartial();
  await active.machine.save(saved.partialFile, { signal, onProgress: (bytes) => clock.written(bytes) });
  signal.throwIfAborted();
  await saved.commit(factsOf(core, active));
  clock.reached("save");
}

/** What has to be the same when the machine goes on. */
function factsOf(core: MachineCore, { machine: { record } }: ActiveMachine): SavedStateFacts {
  return {
    driver: core.driver.name,
    driverVersion: record.driverVersion,
    deviceHash: record.deviceHash,
    imageDir: record.imageDir,
    imageHash: record.imageHash,
    shape: record.shape,
    configuration: core.status.bootConfiguration,
  };
}

/** The state is whole on disk: the process has nothing left to do. */
export async function finishSuspend(core: MachineCore, active: ActiveMachine): Promise<void> {
  core.tunnel.shut(suspendedError());
  await endMachine(active);
  await seal(core, core.saved);
  await core.status.step("suspended");
}

/** Makes damage of a state noticeable; one that could not be read again is good all the same. */
export async function seal(core: MachineCore, saved: SavedState): Promise<void> {
  try {
    await saved.seal(await core.driver.imageTool(core.config().qemuDir));
  } catch (error) {
    core.logger.warn("The saved state has no check sum", { error: describeError(error) });
  }
}

/** Lets the machine go on as if nothing had been asked. */
export async function rollBackSuspend(core: MachineCore, active: ActiveMachine): Promise<void> {
  await core.saved.discard();
  if (active.machine.ended) {
    core.tunnel.shut(unexpectedEnd(""));
    core.status.addError(unexpectedEnd(""));
    await core.status.settle("stopped");
    core.endedUnasked();
    return;
  }
  await active.machine.abandonSave();
  await active.machine.resume();
  await rejoin(core, active);
  await core.status.settle("running");
  await active.guest.setTime().catch(() => undefined);
}

/** The tunnel of a machine that goes on: as it was, or made anew by an engine that has none yet. */
export async function rejoin(core: MachineCore, active: ActiveMachine): Promise<void> {
  if (core.tunnel.state !== "down") {
    core.tunnel.release();
    return;
  }
  const port = await active.machine.sshPort();
  core.tunnel.open({ port, keys: active.keys, waitForPoke: false }, active.machine);
}

export function suspendedError(): BerthError {
  return new BerthError({
    code: "vm_suspended",
    message: "The VM is suspended.",
    hint: "Wake it with `berth resume`.",
  });
}

/** The answer to those who wait for a suspend that somebody has called off. */
export function suspendCancelled(): BerthError {
  return new BerthError({
    code: "suspend_cancelled",
    message: "The suspend was called off; the VM goes on running.",
    hint: "Run `berth suspend` to suspend it.",
  });
}

function suspendFailed(cause: unknown, ended: boolean): BerthError {
  if (ended) return unexpectedEnd("");
  const reason = cause instanceof BerthError ? ` ${cause.message}` : "";
  return new BerthError({
    code: "suspend_failed",
    message: `The VM could not be suspended and goes on running.${reason}`,
    hint: "Check the free space on this computer's disk; the saved state takes up to the VM's memory size.",
    cause,
  });
}

function notSupported(): BerthError {
  return new BerthError({
    code: "suspend_not_supported",
    message: "Suspending to disk is not possible with this computer's virtualisation.",
    hint: "Pause the VM to stop its processor use, or stop it to free its memory.",
  });
}

function diskFull(): BerthError {
  return new BerthError({
    code: "host_disk_full",
    message: "The VM cannot be suspended: this computer's disk is full.",
    hint: "Free some space first.",
  });
}
