import { describeError } from "../errors.ts";
import type { MachineCore } from "./core.ts";
import { notPossible } from "./states.ts";

/** Freezes the processors; memory stays. */
export async function pause(core: MachineCore): Promise<void> {
  if (core.status.state === "paused") return;
  const active = core.running;
  if (active === null || core.status.state !== "running") throw notPossible("pause", core.status.state);
  core.tunnel.hold();
  try {
    await active.machine.pause();
  } catch (error) {
    core.tunnel.release();
    throw error;
  }
  await core.status.step("paused");
}

/** Lets a paused machine go on, with the right time. */
export async function unpause(core: MachineCore): Promise<void> {
  if (core.status.state === "running") return;
  const active = core.running;
  if (active === null || core.status.state !== "paused") throw notPossible("go on", core.status.state);
  await active.machine.resume();
  await core.status.step("running");
  await active.guest.setTime().catch((error: unknown) => {
    core.logger.warn("The guest's clock was not set", { error: describeError(error) });
  });
  core.tunnel.release();
}
