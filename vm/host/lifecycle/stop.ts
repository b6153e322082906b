import { rm } from "node:fs/promises";
import { BerthError, describeError } from "../errors.ts";
import type { DeleteOptions, StopOptions } from "../types.ts";
import { endMachine, endedError } from "./active-machine.ts";
import type { ActiveMachine, MachineCore } from "./core.ts";
import { PhaseClock } from "./phase-clock.ts";
import { resume } from "./start.ts";
import { canStopWarm, stopWarm, warmStopPhases } from "./warm-stop.ts";

/**
 * Ends the containers in order and keeps the quiet machine for a fast start, or (`cold`, or where that cannot be)
 * shuts the guest down: containers get their grace, disks are unmounted. A suspended machine is resumed for
 * that, as its containers and disk are in the middle of something. With `force` the plug is pulled.
 */
export async function stop(core: MachineCore, options: StopOptions, signal: AbortSignal): Promise<void> {
  const { state } = core.status;
  if (state === "absent" || state === "stopped") return;
  if (state === "suspended" && !options.force) await resume(core, signal);
  const active = core.running;
  const warm = !options.force && !options.cold && canStopWarm(core);
  await core.status.step("stopping");
  const steps = warm ? warmStopPhases : ["shutdown", "guest", "end"];
  let clock = new PhaseClock(core.status, "stop", steps, false);
  if (active !== null) {
    if (options.force) await endMachine(active);
    else if (!warm || !(await stopWarm(core, active, clock, signal))) {
      if (warm) clock = new PhaseClock(core.status, "stop", ["shutdown", "guest", "end"], false);
      await shutDown(core, active, clock);
    }
  }
  if (options.force) await core.saved.discard();
  core.tunnel.shut(endedError(true));
  clock.reached("end");
  core.status.clearProblems();
  await core.status.step("stopped");
}

/** An engine before us began this stop. */
export async function finishStop(core: MachineCore, active: ActiveMachine): Promise<void> {
  const clock = new PhaseClock(core.status, "stop", ["shutdown", "guest", "end"], false);
  await core.status.settle("stopping");
  if ((await core.warm.inspect()).kind === "valid") await endMachine(active);
  else await shutDown(core, active, clock);
  core.tunnel.shut(endedError(true));
  await core.status.step("stopped");
}

/** Removes the machine: its process, its saved state, and unless kept its disk and keys. */
export async function remove(core: MachineCore, options: DeleteOptions): Promise<void> {
  if (core.status.state === "absent" && !options.keepData) {
    await removeFiles(core, options);
    return;
  }
  if (core.status.state !== "absent") {
    await core.status.settle("stopping");
    if (core.running) await endMachine(core.running);
  }
  core.tunnel.shut(deletedError());
  await core.saved.discard();
  await core.warm.discard();
  await rm(core.paths.stoppedContainers, { force: true });
  await removeFiles(core, options);
  core.status.clearProblems();
  core.status.clearPhases();
  await core.status.settle(options.keepData ? "stopped" : "absent");
}

async function shutDown(core: MachineCore, active: ActiveMachine, clock: PhaseClock): Promise<void> {
  active.ending = true;
  const ended = new Promise<void>((resolve) => active.machine.once("exit", () => resolve()));
  active.guest.once("bye", () => clock.reached("guest"));
  // A machine that stands still cannot shut down.
  const runState = await active.machine.runState().catch(() => "failed" as const);
  if (runState === "paused" || runState === "halted" || runState === "saved") {
    await active.machine.abandonSave();
    await active.machine.resume();
  }
  if (runState !== "failed") await ask(core, active);
  clock.reached("shutdown");
  const timer = setTimeout(() => {
    core.logger.warn("The VM did not shut down in time and is switched off");
    void active.machine.end();
  }, core.limits.shutdownMs);
  if (runState === "failed") await active.machine.end();
  if (!active.machine.ended) await ended;
  clearTimeout(timer);
}

/** Over the control channel; a guest whose init is deaf gets the signal through SSH. */
async function ask(core: MachineCore, active: ActiveMachine): Promise<void> {
  try {
    await active.guest.requestShutdown();
  } catch (error) {
    core.logger.warn("The guest's init was not reached for the shutdown", { error: describeError(error) });
    await core.tunnel.exec(["kill", "-TERM", "1"], { timeoutMs: 5_000 }).catch((again: unknown) => {
      core.logger.warn("Nor was its SSH server", { error: describeError(again) });
    });
  }
}

async function removeFiles(core: MachineCore, { keepData }: DeleteOptions): Promise<void> {
  const { paths } = core;
  const always = [paths.accelerators, paths.verifiedImages, paths.guestFiles, paths.serialLog, paths.qemuLog];
  const data = [
    paths.dataDisk,
    paths.dataFormat,
    paths.hibernationDisk,
    paths.hibernationAnnounced,
    paths.diskGeneration,
    paths.clientKey,
    paths.clientPublicKey,
    paths.hostKey,
  ];
  for (const file of [...always, `${paths.serialLog}.1`, `${paths.qemuLog}.1`, ...(keepData ? [] : data)]) {
    await rm(file, { recursive: true, force: true });
  }
}

function deletedError(): BerthError {
  return new BerthError({
    code: "vm_not_running",
    message: "The VM has been deleted.",
    hint: "Create a new one with `berth start`.",
  });
}
