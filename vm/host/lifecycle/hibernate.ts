import { blankHibernationDisk, holdsImage } from "../disk/hibernation-disk.ts";
import type { SavedStateFacts } from "../disk/saved-state.ts";
import { BerthError, describeError } from "../errors.ts";
import type { ActiveMachine, MachineCore } from "./core.ts";
import type { PhaseClock } from "./phase-clock.ts";

/** A cold boot of a machine that hibernates needs an empty disk for it. */
export async function prepareHibernation(core: MachineCore, memoryMiB: number): Promise<void> {
  if (core.driver.capabilities.suspendToDisk !== "hibernate") return;
  const imageTool = await core.driver.imageTool(core.config().qemuDir);
  await blankHibernationDisk(core.paths.hibernationDisk, imageTool, memoryMiB);
}

/**
 * Lets the guest write its memory to its own disk and power off. Throws while the machine goes on; once this
 * resolves there is no process and a whole state.
 */
export async function hibernate(
  core: MachineCore,
  active: ActiveMachine,
  facts: SavedStateFacts,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if ((await active.machine.runState()) === "paused") await active.machine.resume();
  await core.saved.announceHibernation(facts);
  const over = ended(active, core.limits.hibernateMs);
  try {
    active.ending = true;
    await active.guest.hibernate();
    clock.reached("request");
    await over.promise;
  } catch (error) {
    active.ending = active.machine.ended;
    if (!active.machine.ended) await core.saved.forgetHibernation();
    throw error;
  } finally {
    over.forget();
  }
  if (!(await finishHibernation(core))) throw nothingWritten();
}

/** Whether the guest had finished its image when its machine ended: then it is the saved state. */
export async function finishHibernation(core: MachineCore): Promise<boolean> {
  if (!(await core.saved.hibernationAnnounced())) return false;
  try {
    const imageTool = await core.driver.imageTool(core.config().qemuDir);
    if (!(await holdsImage(core.paths.hibernationDisk, imageTool))) return false;
    await core.saved.commitHibernation();
    return true;
  } catch (error) {
    core.logger.warn("The VM's hibernation disk could not be read", { error: describeError(error) });
    return false;
  } finally {
    await core.saved.forgetHibernation();
  }
}

/** The machine's end, unless the guest changes its mind or takes too long. */
function ended(active: ActiveMachine, limitMs: number): { promise: Promise<void>; forget: () => void } {
  let forget: () => void = () => undefined;
  const promise = new Promise<void>((resolve, reject) => {
    const onRefused = (text: string) => reject(refused(text));
    const timer = setTimeout(() => reject(refused("it takes too long")), limitMs);
    const onExit = () => resolve();
    active.machine.once("exit", onExit);
    active.guest.on("refused", onRefused);
    forget = () => {
      clearTimeout(timer);
      active.machine.off("exit", onExit);
      active.guest.off("refused", onRefused);
    };
  });
  promise.catch(() => undefined);
  return { promise, forget };
}

function refused(reason: string): BerthError {
  return new BerthError({
    code: "hibernation_refused",
    message: `The VM did not hibernate: ${reason.slice(0, 300)}.`,
    hint: "Stop the VM instead, or try again when less memory is in use.",
  });
}

function nothingWritten(): BerthError {
  return new BerthError({
    code: "hibernation_failed",
    message: "The VM ended without having written its state.",
    hint: "Start it with `berth start`; what it said last is in `berth logs serial`.",
  });
}
