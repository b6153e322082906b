import type { SavedState, SavedStateMetadata } from "../disk/saved-state.ts";
import type { StartPlan } from "../driver/driver.ts";
import { BerthError, describeError } from "../errors.ts";
import { presentGuestFiles } from "../guest/guest-files.ts";
import { type GuestImage, loadImage } from "../guest/image.ts";
import { ensureKeys, type MachineKeys } from "../guest/keys.ts";
import { activate, endMachine } from "./active-machine.ts";
import { keepingStoppedContainers } from "./containers.ts";
import type { ActiveMachine, MachineCore } from "./core.ts";
import { PhaseClock } from "./phase-clock.ts";
import { race } from "./race.ts";

const resumePhases = ["prepare", "qemu", "load", "continue", "clock", "tunnel", "ready"];

/** Why a saved state cannot be used; the machine must boot instead. */
export class StateUnusable extends Error {}

/** A state to go on from, and what the start from it is called. */
export interface Continuation {
  saved: SavedState;
  kind: "resumed" | "warm";
  /** Folders in which the image of the state may be. */
  imageDirs: (metadata: SavedStateMetadata) => string[];
}

/** From where `suspend` stopped; the image of then will do. */
export function suspendedMachine(core: MachineCore): Continuation {
  return {
    saved: core.saved,
    kind: "resumed",
    imageDirs: ({ imageDir }) => [imageDir, core.config().imageDir],
  };
}

/**
 * Continues from a saved state. Throws StateUnusable when the state does not fit (any more): then nothing
 * has run, and the caller boots. Any other error leaves the state as it was.
 */
export async function resumeSaved(core: MachineCore, from: Continuation, signal: AbortSignal): Promise<void> {
  const transition = from.kind === "warm" ? "start" : "resume";
  const clock = new PhaseClock(core.status, transition, resumePhases, true);
  const { metadata, image, keys, plan } = await fit(core, from);
  clock.reached("prepare");
  signal.throwIfAborted();
  if (metadata.method === "hibernate") {
    await wake(core, plan, keys, clock, signal);
    return;
  }

  // Read beside QEMU's own reading; its outcome is waited for before anything runs.
  const intact = from.saved.isIntact(metadata, await core.driver.imageTool(plan.qemuDir));
  intact.catch(() => undefined);
  const machine = await core.driver.prepare(plan);
  clock.reached("qemu");
  const active = activate(core, machine, keys);
  try {
    await machine.load(from.saved.file).catch((cause: unknown) => {
      throw new StateUnusable(`it could not be loaded (${describeError(cause)})`);
    });
    if (!(await intact)) throw new StateUnusable("its file is damaged");
    clock.reached("load");
    signal.throwIfAborted();
  } catch (error) {
    await endMachine(active);
    throw error;
  }
  core.logger.info("Saved state loaded", { savedAt: metadata.savedAt, image: image.directory });
  await goOn(core, active, from, clock, signal);
}

/** From a loaded, paused machine to a running one that Docker answers in. */
export async function goOn(
  core: MachineCore,
  active: ActiveMachine,
  { saved, kind }: Pick<Continuation, "saved" | "kind">,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<void> {
  await active.guest.connect();
  // The state must be out of the way before the first instruction changes the disk.
  await keepingStoppedContainers(core, () => saved.consume());
  await active.machine.resume();
  clock.reached("continue");
  await reconnect(core, active, kind, clock, signal, () => saved.discardUsed());
}

/** Sets the clock of a machine that runs again, and makes the way into it anew. */
async function reconnect(
  core: MachineCore,
  active: ActiveMachine,
  kind: Continuation["kind"],
  clock: PhaseClock,
  signal: AbortSignal,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const ready = race(core, active, signal);
  const timeSet = active.guest.setTime().then(
    () => clock.reached("clock"),
    (error: unknown) => core.status.addError(clockNotSet(error)),
  );
  const port = await active.machine.sshPort();

  const onConnected = () => clock.reached("tunnel");
  const onState = () => {
    if (core.tunnel.state === "up") ready.resolve();
  };
  core.tunnel.onConnected(onConnected);
  core.tunnel.on("state", onState);
  try {
    core.tunnel.open({ port, keys: active.keys, waitForPoke: false }, active.machine);
    ready.limit(core.limits.reconnectMs, notReachedAgain);
    await Promise.all([meanwhile(), core.status.setLastStart(kind)]);
    await Promise.all([ready.promise, timeSet]);
    clock.finished("ready");
  } finally {
    core.tunnel.offConnected(onConnected);
    core.tunnel.off("state", onState);
  }
}

/**
 * Boots a guest that finds its own image and goes on from it. Throws StateUnusable when it does not take it; there
 * is no process then, as the machine would have begun a start of which nobody knows.
 */
async function wake(
  core: MachineCore,
  plan: StartPlan,
  keys: MachineKeys,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<void> {
  // From here on the disk may change, whatever comes of it.
  await keepingStoppedContainers(core, () => core.saved.consume());
  await core.saved.discard();
  const machine = await core.driver.boot(plan);
  clock.reached("qemu");
  const active = activate(core, machine, keys);
  try {
    const awake = race(core, active, signal);
    const booted = () => awake.reject(new StateUnusable("the VM's kernel did not take it"));
    active.guest.once("resumed", () => awake.resolve());
    active.guest.once("phase", booted);
    awake.limit(core.limits.hibernateMs, notReachedAgain);
    await Promise.all([awake.promise, active.guest.connect()]);
    active.guest.off("phase", booted);
    clock.reached("awake");
  } catch (error) {
    await endMachine(active);
    if (error instanceof StateUnusable || signal.aborted) throw error;
    throw new StateUnusable(`it could not be loaded (${describeError(error)})`);
  }
  await reconnect(core, active, "resumed", clock, signal);
}

interface Fitting {
  metadata: SavedStateMetadata;
  image: GuestImage;
  keys: MachineKeys;
  plan: StartPlan;
}

/** Everything the state must find again. The machine keeps the shape it was saved with. */
async function fit(core: MachineCore, from: Continuation): Promise<Fitting> {
  const inspected = await from.saved.inspect();
  if (inspected.kind === "none") throw new StateUnusable("there is none");
  if (inspected.kind === "unusable") throw new StateUnusable(inspected.reason);
  const { metadata } = inspected;
  const { qemuDir } = core.config();
  const version = await core.driver.version(qemuDir);
  if (metadata.driver !== core.driver.name || metadata.driverVersion !== version) {
    throw new StateUnusable(`it was made by QEMU ${metadata.driverVersion}, and ${version} is installed now`);
  }
  const image = await sameImage(core, from.imageDirs(metadata), metadata.imageHash);
  const keys = await ensureKeys(core.paths, core.logger, { repair: false }).catch((cause: unknown) => {
    throw new StateUnusable(`the keys to it are damaged (${describeError(cause)})`);
  });
  const guestFiles = await presentGuestFiles(core.paths);
  const plan: StartPlan = { shape: metadata.shape, image, guestFiles, qemuDir };
  if (core.driver.deviceHash(plan) !== metadata.deviceHash) {
    throw new StateUnusable("this version of Berth builds the machine differently");
  }
  return { metadata, image, keys, plan };
}

async function sameImage(core: MachineCore, folders: string[], hash: string): Promise<GuestImage> {
  for (const folder of folders) {
    const image = await loadImage(folder, core.paths.verifiedImages).catch(() => null);
    if (image?.contentHash === hash) return image;
  }
  throw new StateUnusable("the guest image has changed since");
}

function clockNotSet(cause: unknown): BerthError {
  return new BerthError({
    code: "guest_clock",
    message: "The VM's clock could not be set after it was resumed and may be behind.",
    hint: "Run `berth restart` when convenient.",
    cause,
  });
}

function notReachedAgain(): BerthError {
  return new BerthError({
    code: "docker_unreachable",
    message: "The VM runs again, but Docker in it does not answer yet.",
    hint: "It is tried further by itself; `berth restart` helps if it stays so.",
  });
}
