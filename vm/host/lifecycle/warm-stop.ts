import { describeError } from "../errors.ts";
import { endedError, endMachine } from "./active-machine.ts";
import type { ActiveMachine, MachineCore } from "./core.ts";
import { stopContainers } from "./containers.ts";
import type { PhaseClock } from "./phase-clock.ts";
import { rejoin, seal, writeState } from "./suspend.ts";

/** Steps of a stop that keeps the quiet machine. */
export const warmStopPhases = ["containers", "pause", "save", "end"];

/** Whether a stop can keep the machine now. */
export function canStopWarm(core: MachineCore): boolean {
  const { driver, status, running, tunnel, config } = core;
  return (
    config().warmStop !== false &&
    driver.capabilities.suspendToDisk === "migrate" &&
    running !== null &&
    tunnel.state === "up" &&
    status.bootConfiguration !== "" &&
    !status.problems.some(({ severity }) => severity === "problem")
  );
}

/**
 * Ends the containers in order and puts the quiet machine to disk, for the next start to go on from. False when
 * that did not work out: the machine then runs and is to be shut down.
 */
export async function stopWarm(
  core: MachineCore,
  active: ActiveMachine,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<boolean> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(core.limits.shutdownMs)]);
  try {
    await stopContainers(core, bounded);
    clock.reached("containers");
    // Should this state never be used, the disk is all there is.
    await core.tunnel.exec(["sync"], { signal: bounded });
    // Builds, pulls and attached clients end before the machine is kept, not when it goes on.
    await core.tunnel.leave(endedError(true));
    await writeState(core, active, core.warm, clock, bounded);
  } catch (error) {
    core.logger.warn("The machine could not be kept at its stop and is shut down", {
      error: describeError(error),
    });
    await core.warm.discard();
    if (active.machine.ended) return true;
    if ((await active.machine.runState()) !== "running") await active.machine.resume();
    await rejoin(core, active);
    return false;
  }
  await endMachine(active);
  await seal(core, core.warm);
  return true;
}
