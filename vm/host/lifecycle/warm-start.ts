import { configurationDigest } from "./configuration.ts";
import type { MachineCore } from "./core.ts";
import { type Continuation, resumeSaved, StateUnusable } from "./resume.ts";

/**
 * Goes on from the machine that the last stop kept. Throws StateUnusable when there is none or something has
 * changed since: then nothing has run.
 */
export async function startWarm(core: MachineCore, signal: AbortSignal): Promise<void> {
  const config = core.config();
  const inspected = await core.warm.inspect();
  if (inspected.kind === "none") throw new StateUnusable("there is none");
  if (inspected.kind === "unusable") throw new StateUnusable(inspected.reason);
  if (inspected.metadata.configuration !== configurationDigest(config)) {
    throw new StateUnusable("the settings have changed since");
  }
  if (core.status.diskGiB !== config.diskGiB) throw new StateUnusable("the disk's size has changed since");
  const from: Continuation = {
    saved: core.warm,
    kind: "warm",
    // An image that has been updated shall be used.
    imageDirs: () => [config.imageDir],
  };
  await resumeSaved(core, from, signal);
}
