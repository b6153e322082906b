import { BerthError } from "../errors.ts";
import { endMachine, unexpectedEnd } from "./active-machine.ts";
import type { ActiveMachine, MachineCore } from "./core.ts";
import { PhaseClock } from "./phase-clock.ts";
import { notPossible } from "./states.ts";

/** Writes the whole machine to disk and ends its process. When it fails, the machine goes on running. */
export async function suspend(core: MachineCore): Promise<void> {
  if (core.status.state === "suspended") return;
  const active = core.running;
  if (active === null || (core.status.state !== "running" && core.status.state !== "paused")) {
    throw notPossible("suspend", core.status.state);
  }
  if (core.driver.capabilities.suspendToDisk === "none") throw notSupported();
  if (core.status.problems.some(({ id }) => id === "host_disk_full")) throw diskFull();

  await core.status.step("suspending");
  const clock = new PhaseClock(core.status, "suspend", ["pause", "save", "end"], false);
  try {
    core.tunnel.shut(suspendedError());
    await active.machine.pause();
    clock.reached("pause");
    await core.saved.discardPartial();
    await active.machine.save(core.saved.partialFile);
    await commit(core, active);
    clock.reached("save");
  } catch (cause) {
    await rollBackSuspend(core, active);
    throw suspendFailed(cause, active.machine.ended);
  }
  await finishSuspend(core, active);
  clock.reached("end");
}

/** The state is whole on disk: the process has nothing left to do. */
export async function finishSuspend(core: MachineCore, active: ActiveMachine): Promise<void> {
  core.tunnel.shut(suspendedError());
  await endMachine(active);
  await core.status.step("suspended");
}

/** Lets the machine go on as if nothing had been asked. */
export async function rollBackSuspend(core: MachineCore, active: ActiveMachine): Promise<void> {
  await core.saved.discard();
  if (active.machine.ended) {
    core.status.addError(unexpectedEnd(""));
    await core.status.settle("stopped");
    core.endedUnasked();
    return;
  }
  await active.machine.resume();
  core.tunnel.open(
    { port: await active.machine.sshPort(), keys: active.keys, waitForPoke: false },
    active.machine,
  );
  await core.status.settle("running");
  await active.guest.setTime().catch(() => undefined);
}

async function commit(core: MachineCore, active: ActiveMachine): Promise<void> {
  const { record } = active.machine;
  await core.saved.commit({
    driver: core.driver.name,
    driverVersion: record.driverVersion,
    deviceHash: record.deviceHash,
    imageDir: record.imageDir,
    imageHash: record.imageHash,
    shape: record.shape,
  });
}

export function suspendedError(): BerthError {
  return new BerthError({
    code: "vm_suspended",
    message: "The VM is suspended.",
    hint: "Wake it with `berth resume`.",
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
