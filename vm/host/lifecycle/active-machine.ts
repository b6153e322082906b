import { statfs } from "node:fs/promises";
import path from "node:path";
import type { RunningMachine } from "../driver/driver.ts";
import { BerthError, describeError } from "../errors.ts";
import type { MachineKeys } from "../guest/keys.ts";
import type { MachinePaths } from "../paths.ts";
import type { ActiveMachine, MachineCore } from "./core.ts";
import { GuestSession } from "./guest-session.ts";
import { finishHibernation } from "./hibernate.ts";
import { isMoving } from "./states.ts";
import { suspendedError } from "./suspend.ts";

const fullDiskId = "host_disk_full";
/** Space that must be free again before the guest goes on. */
const enoughBytes = 64 * 2 ** 20;
const spaceCheckMs = 2_000;

/** Takes charge of a machine's process: its end, its disk troubles. */
export function activate(core: MachineCore, machine: RunningMachine, keys: MachineKeys): ActiveMachine {
  const guest = new GuestSession(machine, core.status, core.logger);
  const active: ActiveMachine = { machine, guest, keys, ending: false };
  core.running = active;
  machine.on("exit", ({ exitCode, log }) => {
    guest.close();
    if (core.running !== active) return;
    core.running = null;
    core.status.clearGuestProblems();
    core.logger.info("QEMU ended", { exitCode, expected: active.ending || guest.saidBye });
    // A transition under way notices by itself and says what it means.
    if (active.ending || isMoving(core.status.state)) return;
    void settleAfterEnd(core, guest.saidBye, log);
  });
  machine.on("guestShutdown", () => {
    if (!active.ending) core.logger.info("The guest powers off by itself");
  });
  machine.on("ioProblem", (problem) => {
    if (problem.noSpace) waitForSpace(core, active);
    else {
      core.status.addProblem({
        id: "host_disk_error",
        message: `The VM is paused: its disk cannot be ${problem.operation === "read" ? "read" : "written"} (${problem.reason}).`,
        hint: "Check this computer's disk; then `berth stop --force` and `berth start`.",
        severity: "problem",
      });
    }
  });
  return active;
}

/** Ends the process, as wanted. */
export async function endMachine(active: ActiveMachine): Promise<void> {
  active.ending = true;
  await active.machine.end();
}

/** Nobody asked for the end: say so, and be ready to start again. */
async function settleAfterEnd(core: MachineCore, orderly: boolean, log: string): Promise<void> {
  try {
    // An engine before us may have asked for it.
    if (await finishHibernation(core)) {
      core.tunnel.shut(suspendedError());
      await core.status.settle("suspended");
      return;
    }
    core.tunnel.shut(endedError(orderly));
    if (!orderly) core.status.addError(unexpectedEnd(log));
    await core.status.settle("stopped");
    if (!orderly) core.endedUnasked();
  } catch (error) {
    core.logger.error("The end of QEMU could not be noted", { error: describeError(error) });
  }
}

export function unexpectedEnd(log: string): BerthError {
  const lastWords = log.split("\n").at(-1)?.trim();
  return new BerthError({
    code: "vm_ended_unexpectedly",
    message: `QEMU ended unexpectedly${lastWords ? ` (its last words: ${lastWords.slice(0, 200)})` : ""}. Containers were cut off; what they had synced to disk is kept.`,
    hint: "Run `berth start`. If it happens again, look at `berth logs qemu`.",
  });
}

export function endedError(orderly: boolean): BerthError {
  return new BerthError({
    code: "vm_not_running",
    message: orderly ? "The VM has shut down." : "The VM ended unexpectedly.",
    hint: "Start it with `berth start`.",
  });
}

/** Whether the host has space enough for the guest to go on. */
export async function hasSpace(paths: MachinePaths): Promise<boolean> {
  const { bavail, bsize } = await statfs(path.dirname(paths.dataDisk));
  return bavail * bsize >= enoughBytes;
}

/**
 * The host's disk is full and QEMU has paused the guest. Looks now and then, only in this condition, whether
 * there is space again; nothing would tell us.
 */
export function waitForSpace(core: MachineCore, active: ActiveMachine): void {
  if (core.status.problems.some(({ id }) => id === fullDiskId)) return;
  core.tunnel.hold();
  core.status.addProblem({
    id: fullDiskId,
    message: "The VM is paused: this computer's disk is full.",
    hint: "Free some space; the VM goes on by itself then. Nothing is lost.",
    severity: "problem",
  });
  const look = async () => {
    if (core.running !== active) {
      core.status.removeProblem(fullDiskId);
      return;
    }
    // A person's pause lasts beyond the end of the shortage.
    if (!(await hasSpace(core.paths)) || core.status.state !== "running") {
      schedule();
      return;
    }
    await active.machine.resume();
    core.status.removeProblem(fullDiskId);
    core.tunnel.release();
    await active.guest.setTime();
  };
  const schedule = () => {
    const timer = setTimeout(() => {
      look().catch((error: unknown) => {
        core.logger.warn("The free space could not be looked at", { error: describeError(error) });
        schedule();
      });
    }, spaceCheckMs);
    timer.unref();
  };
  schedule();
}
