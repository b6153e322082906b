import { diskExists } from "../disk/data-disk.ts";
import { BerthError, describeError } from "../errors.ts";
import type { StartOptions } from "../types.ts";
import { becomeReady, boot, bootPhases } from "./boot.ts";
import { endMachine } from "./active-machine.ts";
import type { ActiveMachine, MachineCore } from "./core.ts";
import { PhaseClock } from "./phase-clock.ts";
import { resumeSaved, StateUnusable, suspendedMachine } from "./resume.ts";
import { startContainers } from "./containers.ts";
import { notPossible } from "./states.ts";
import { checkDataFormat } from "./upgrade-data.ts";
import { startWarm } from "./warm-start.ts";
import { unpause } from "./pause.ts";

/** Brings the machine up from wherever it is. */
export async function start(core: MachineCore, options: StartOptions, signal: AbortSignal): Promise<void> {
  const { state } = core.status;
  if (state !== "running" && state !== "paused") await checkDataFormat(core);
  switch (state) {
    case "running":
      return;
    case "paused":
      return unpause(core);
    case "suspended":
      if (!options.cold) return resume(core, signal);
      break;
    case "absent":
    case "stopped":
      break;
    case "broken":
      if (!options.cold && (await core.saved.inspect()).kind === "valid") return resume(core, signal);
      break;
    default:
      throw notPossible("start", state);
  }
  if (!options.cold && state === "stopped" && (await warmStart(core, signal))) return;
  await coldStart(core, signal);
}

/** Goes on from the machine that the last stop kept; false when there is none that fits, and a boot is to follow. */
async function warmStart(core: MachineCore, signal: AbortSignal): Promise<boolean> {
  if ((await core.warm.inspect()).kind === "none") return false;
  core.status.clearProblems();
  await core.status.step("starting");
  try {
    await startWarm(core, signal);
    await startContainers(core, signal);
    await core.status.step("running");
    return true;
  } catch (error) {
    if (error instanceof StateUnusable) {
      core.logger.info("The machine kept at the last stop is not used", { reason: error.message });
      return false;
    }
    await afterFailedResume(core, error, signal);
    throw error;
  }
}

/** Goes on from the saved state; boots when that does not fit, and says so. */
export async function resume(core: MachineCore, signal: AbortSignal): Promise<void> {
  const { state } = core.status;
  if (state === "running") return;
  if (state === "paused") return unpause(core);
  if (state !== "suspended" && state !== "stopped" && state !== "broken") throw notPossible("resume", state);
  if (state === "stopped") return coldStart(core, signal);
  await checkDataFormat(core);

  core.status.clearProblems();
  await core.status.step("resuming");
  try {
    await resumeSaved(core, suspendedMachine(core), signal);
    await core.status.step("running");
  } catch (error) {
    if (error instanceof StateUnusable) {
      core.logger.warn("The saved state cannot be used", { reason: error.message });
      await core.status.step("starting");
      await bootFrom(core, signal);
      core.status.addError(stateNotUsed(error.message), "note");
      return;
    }
    await afterFailedResume(core, error, signal);
    throw error;
  }
}

async function coldStart(core: MachineCore, signal: AbortSignal): Promise<void> {
  const check = core.status.problems.filter(({ id }) => id === "vm_ended_unexpectedly");
  core.status.clearProblems();
  // The boot looks for damage after an accident, so it has to know of it.
  for (const problem of check) core.status.addProblem(problem);
  if (!(await diskExists(core.paths.dataDisk))) await core.status.step("creating");
  if (core.status.state === "creating") await core.status.step("stopped");
  await core.status.step("starting");
  await bootFrom(core, signal);
}

async function bootFrom(core: MachineCore, signal: AbortSignal): Promise<void> {
  try {
    await boot(core, signal);
    await startContainers(core, signal);
    core.status.removeProblem("vm_ended_unexpectedly");
    await core.status.step("running");
  } catch (error) {
    await afterFailedStart(core, error, signal);
    throw error;
  }
}

/** An engine before us began this start: wait for its end as that one would have. */
export async function finishStart(
  core: MachineCore,
  active: ActiveMachine,
  signal: AbortSignal,
): Promise<void> {
  await core.status.settle("starting");
  const clock = new PhaseClock(core.status, "start", bootPhases, true);
  active.guest.on("phase", ({ name, uptimeSeconds }) => {
    if (name !== "ready") clock.reachedInGuest(name, uptimeSeconds);
  });
  try {
    await active.guest.catchUp().catch((error: unknown) => {
      core.logger.debug("The guest's init does not answer yet", { error: describeError(error) });
    });
    await becomeReady(core, active, clock, signal, { waitForPoke: false });
    await startContainers(core, signal);
    await core.status.setLastStart("cold");
    await core.status.step("running");
  } catch (error) {
    await endMachine(active);
    await afterFailedStart(core, error, signal);
    throw error;
  }
}

async function afterFailedStart(core: MachineCore, error: unknown, signal: AbortSignal): Promise<void> {
  if (signal.aborted) {
    await core.status.settle("stopped");
    return;
  }
  core.logger.error("The VM could not be started", { error: describeError(error) });
  core.status.addError(error);
  await core.status.settle("broken");
}

/** The state is kept unless the machine has begun to run from it. */
async function afterFailedResume(core: MachineCore, error: unknown, signal: AbortSignal): Promise<void> {
  core.logger.error("The VM could not be resumed", { error: describeError(error) });
  if (!signal.aborted) core.status.addError(error);
  if (core.running !== null) {
    // It runs; only the way into it is not there yet, and is being tried further.
    await core.status.step("running");
    return;
  }
  await core.saved.restoreUnused();
  await core.warm.restoreUnused();
  const inspected = await core.saved.inspect();
  await core.status.settle(inspected.kind === "valid" ? "suspended" : "stopped");
  const lost = inspected.kind !== "valid" && (await core.warm.inspect()).kind !== "valid";
  if (lost && !signal.aborted) core.endedUnasked();
}

function stateNotUsed(reason: string): BerthError {
  return new BerthError({
    code: "saved_state_not_used",
    message: `The saved state could not be used: ${reason}. The VM was booted instead.`,
    hint: "Containers with a restart policy have been started anew; start others yourself. Data on disk is not touched.",
  });
}
