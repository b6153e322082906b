import { DataDisk } from "../disk/data-disk.ts";
import type { StartPlan } from "../driver/driver.ts";
import {
  acceleratorCandidates,
  AcceleratorMemory,
  type RefusedAccelerator,
} from "../driver/qemu/accelerators.ts";
import { BerthError, describeError } from "../errors.ts";
import { tailOf } from "../files/capped-log.ts";
import { writeGuestFiles } from "../guest/guest-files.ts";
import { type GuestImage, loadImage } from "../guest/image.ts";
import { ensureKeys, type MachineKeys } from "../guest/keys.ts";
import type { Accelerator, MachineConfig } from "../types.ts";
import { activate, endMachine } from "./active-machine.ts";
import { configurationDigest } from "./configuration.ts";
import { keepingStoppedContainers } from "./containers.ts";
import type { ActiveMachine, MachineCore } from "./core.ts";
import { prepareHibernation } from "./hibernate.ts";
import { PhaseClock } from "./phase-clock.ts";
import { race, wasCutOff } from "./race.ts";
import { upgradeData } from "./upgrade-data.ts";

export const bootPhases = [
  "prepare",
  "qemu",
  "initrd",
  "init",
  "disk",
  "network",
  "sshd",
  "containerd",
  "dockerd",
  "tunnel",
  "ready",
] as const;

/**
 * Boots from scratch until Docker answers through the tunnel. On failure no process is left and the error says
 * at which step it failed.
 */
export async function boot(core: MachineCore, signal: AbortSignal): Promise<void> {
  try {
    await bootOnce(core, signal);
  } catch (error) {
    if (signal.aborted || !wasCutOff(error)) throw error;
    // Emulating, QEMU aborts by a failed assertion once in a great while, and the next boot is fine.
    core.logger.warn("QEMU was cut off in the boot, which is tried once more", {
      error: describeError(error),
    });
    await bootOnce(core, signal);
  }
}

async function bootOnce(core: MachineCore, signal: AbortSignal): Promise<void> {
  const clock = new PhaseClock(core.status, "start", bootPhases, true);
  const config = core.config();
  const prepared = await prepare(core, config);
  clock.reached("prepare");
  signal.throwIfAborted();
  // From here on the disk changes: no state saved earlier fits any more.
  await keepingStoppedContainers(core, () => core.generation.beginRun());
  await core.saved.discard();
  // A warm stop synced the disk, but did not unmount it.
  prepared.diskWasSynced = (await core.warm.inspect()).kind !== "none";
  await core.warm.discard();
  await prepareHibernation(core, config.memoryMiB);
  core.status.setBootConfiguration(configurationDigest(config));

  const active = await bootOnBest(core, config, prepared, clock, signal);
  try {
    await becomeReady(core, active, clock, signal, { waitForPoke: true });
    await core.status.setLastStart("cold");
  } catch (error) {
    core.tunnel.shut(startFailed());
    await endMachine(active);
    await logConsole(core);
    throw error;
  }
}

interface Prepared {
  image: GuestImage;
  keys: MachineKeys;
  guestFiles: StartPlan["guestFiles"];
  diskWasSynced: boolean;
}

/** Everything that can be checked before a process is started. */
async function prepare(core: MachineCore, config: MachineConfig): Promise<Prepared> {
  const imageTool = await core.driver.imageTool(config.qemuDir);
  const image = await loadImage(config.imageDir, core.paths.verifiedImages);
  await upgradeData(core);
  const disk = new DataDisk(core.paths.dataDisk, imageTool);
  const { sizeGiB, created } = await disk.ensure(config.diskGiB);
  if (!created && core.status.problems.some(({ id }) => id === "vm_ended_unexpectedly")) await disk.check();
  core.status.setDiskGiB(sizeGiB);
  const keys = await ensureKeys(core.paths, core.logger, { repair: true });
  const guestFiles = await writeGuestFiles(core.paths, keys, config);
  return { image, keys, guestFiles, diskWasSynced: false };
}

/** Tries accelerators, best first, until the guest speaks on one; remembers which. */
async function bootOnBest(
  core: MachineCore,
  config: MachineConfig,
  prepared: Prepared,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<ActiveMachine> {
  const memory = new AcceleratorMemory(
    core.paths.accelerators,
    await core.driver.version(config.qemuDir),
    prepared.image.contentHash,
  );
  const candidates = await acceleratorCandidates(config.accelerator, core.environment);
  const known = candidates.length > 1 ? await memory.recall() : null;
  const order = known && candidates.includes(known) ? [known] : candidates;
  const refused: RefusedAccelerator[] = [];
  for (const [index, accelerator] of order.entries()) {
    try {
      const active = await bootOn(core, config, prepared, accelerator, clock, signal);
      if (known === null && candidates.length > 1) await memory.remember(accelerator, refused);
      return active;
    } catch (error) {
      signal.throwIfAborted();
      if (index === order.length - 1) throw error;
      const reason = describeError(error);
      refused.push({ accelerator, reason: reason.slice(0, 500) });
      core.logger.warn("An accelerator does not work here, trying the next", { accelerator, reason });
    }
  }
  throw new Error("there is no accelerator to try");
}

/** Starts on one accelerator; it counts when the guest's init speaks. */
async function bootOn(
  core: MachineCore,
  config: MachineConfig,
  prepared: Prepared,
  accelerator: Accelerator,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<ActiveMachine> {
  const { cpus, memoryMiB } = config;
  const machine = await core.driver.boot({
    shape: { cpus, memoryMiB, accelerator },
    image: prepared.image,
    guestFiles: prepared.guestFiles,
    qemuDir: config.qemuDir,
  });
  clock.reached("qemu");
  const active = activate(core, machine, prepared.keys);
  active.guest.diskWasSynced = prepared.diskWasSynced;
  try {
    // Listeners first: the guest repeats nothing by itself.
    active.guest.on("phase", ({ name, uptimeSeconds }) => {
      // Our own "ready" includes the tunnel.
      if (name !== "ready") clock.reachedInGuest(name, uptimeSeconds);
    });
    const hello = race(core, active, signal);
    active.guest.once("hello", () => hello.resolve());
    active.guest.once("phase", () => hello.resolve());
    const limitMs = accelerator === "tcg" ? core.limits.helloEmulationMs : core.limits.helloHardwareMs;
    hello.limit(limitMs, () => silentGuest(accelerator, limitMs));
    await Promise.all([hello.promise, active.guest.connect()]);
    // The clock that the guest boots with counts whole seconds.
    active.guest.setTime().catch((error: unknown) => {
      core.logger.warn("The guest's clock was not set", { error: describeError(error) });
    });
    return active;
  } catch (error) {
    await endMachine(active);
    throw error;
  }
}

/**
 * Follows the guest from its first word to a Docker that answers through the tunnel. With `waitForPoke` SSH is
 * tried once the guest says that its server is up, which spares a booting guest the attempts.
 */
export async function becomeReady(
  core: MachineCore,
  active: ActiveMachine,
  clock: PhaseClock,
  signal: AbortSignal,
  { waitForPoke }: { waitForPoke: boolean },
): Promise<void> {
  const port = await active.machine.sshPort();
  core.tunnel.open({ port, keys: active.keys, waitForPoke }, active.machine);
  const ready = race(core, active, signal);
  const alive = () => {
    const phase = core.status.currentPhase ?? "start";
    ready.limit(core.limits.phaseMs, () => phaseTimeout(phase, core.limits.phaseMs));
  };
  let grace: NodeJS.Timeout | undefined;
  const look = () => {
    if (core.tunnel.state !== "up") return;
    if (active.guest.ready) ready.resolve();
    // Docker answers, and that is what was promised; a guest that forgets its last word cannot hold it up.
    else grace ??= setTimeout(() => ready.resolve(), core.limits.lastWordMs);
  };
  const onPhase = ({ name }: { name: string }) => {
    alive();
    if (name === "sshd") core.tunnel.poke();
    look();
  };
  const onConnected = () => {
    alive();
    clock.reached("tunnel");
  };
  active.guest.on("phase", onPhase);
  core.tunnel.on("state", look);
  core.tunnel.onConnected(onConnected);
  try {
    alive();
    // sshd may have come up between the first word and our listening.
    if (core.status.phases.some(({ name }) => name === "sshd")) core.tunnel.poke();
    look();
    await ready.promise;
  } finally {
    active.guest.off("phase", onPhase);
    core.tunnel.off("state", look);
    clearTimeout(grace);
    core.tunnel.offConnected(onConnected);
  }
  // Docker answered us before the guest's own look at it.
  clock.reached("dockerd");
  clock.finished("ready");
}

/** Puts the end of the serial console into the log: what a person needs after a failed start. */
async function logConsole(core: MachineCore): Promise<void> {
  const tail = await tailOf(core.paths.serialLog, 4_000).catch(() => "");
  if (tail.trim() !== "") core.logger.error("End of the VM's console", { console: tail });
}

function silentGuest(accelerator: Accelerator, limitMs: number): BerthError {
  return new BerthError({
    code: "vm_start_timeout",
    message: `The VM said nothing within ${Math.round(limitMs / 1000)} s on ${accelerator}.`,
    hint: "See `berth logs serial`. If this computer is very busy, try again; otherwise choose another accelerator.",
  });
}

function phaseTimeout(phase: string, limitMs: number): BerthError {
  return new BerthError({
    code: "vm_start_timeout",
    message: `The VM did not get past the step "${phase}" within ${Math.round(limitMs / 1000)} s.`,
    hint: "See `berth logs serial`; if this computer is very busy, simply try again.",
  });
}

function startFailed(): BerthError {
  return new BerthError({
    code: "vm_not_running",
    message: "The VM could not be started.",
    hint: "See what is wrong with `berth status`.",
  });
}
