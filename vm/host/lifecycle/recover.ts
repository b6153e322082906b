import { diskExists } from "../disk/data-disk.ts";
import type { AttachResult, RunningMachine } from "../driver/driver.ts";
import { BerthError, describeError } from "../errors.ts";
import { ensureKeys, type MachineKeys } from "../guest/keys.ts";
import { activate, endMachine, unexpectedEnd, waitForSpace } from "./active-machine.ts";
import type { ActiveMachine, MachineCore } from "./core.ts";
import { PhaseClock } from "./phase-clock.ts";
import { finishHibernation } from "./hibernate.ts";
import { decideRecovery, type Findings } from "./recovery.ts";
import { goOn } from "./resume.ts";
import { finishStart, start } from "./start.ts";
import { finishStop } from "./stop.ts";
import { finishSuspend, rollBackSuspend, suspendedError } from "./suspend.ts";

/** A transition that an earlier engine left unfinished, to be run as one of ours. */
export interface Unfinished {
  kind: "unfinished";
  goal: "start" | "resume" | "stop";
  work: (signal: AbortSignal) => Promise<void>;
}

/** A process that holds this home's VM and can only be ended. */
export interface UnusableProcess {
  kind: "unusable";
  pid: number;
  end: () => Promise<void>;
  /** Lets go of it. */
  release: () => void;
}

/**
 * Finds out what is there and puts the machine into a state that is true. Short repairs are done at once;
 * what takes time is handed back. `journal` is null when it was missing or damaged.
 */
export async function recover(
  core: MachineCore,
  journal: Findings["journal"],
  attached: AttachResult,
): Promise<Unfinished | UnusableProcess | null> {
  for (const saved of [core.saved, core.warm]) {
    await saved.discardPartial();
    if (attached.kind === "none") await saved.restoreUnused();
  }
  if (attached.kind === "none") await finishHibernation(core);
  const found: Findings = {
    journal,
    process: await processOf(core, attached),
    savedState: (await core.saved.inspect()).kind,
    diskExists: await diskExists(core.paths.dataDisk),
  };
  const decision = decideRecovery(found);
  core.logger.info("VM found", { ...found, decision });
  if (decision.kind === "settle") {
    if (decision.unexpected) core.status.addError(unexpectedEnd(""));
    if (journal === "suspended" && decision.state === "stopped") core.status.addError(savedStateLost());
    core.status.clearGuestProblems();
    if (decision.state === "suspended") core.tunnel.shut(suspendedError());
    await core.status.settle(decision.state);
    return null;
  }
  if (decision.kind === "broken-process" || attached.kind !== "attached") {
    core.status.addError(unusableProcess());
    await core.status.settle("broken");
    if (attached.kind === "attached") return unusable(attached.machine);
    return attached.kind === "unusable" ? { ...attached, release: () => undefined } : null;
  }
  const { machine } = attached;
  const keys = await ensureKeys(core.paths, core.logger, { repair: false }).catch((error: unknown) => {
    core.status.addError(error);
    return null;
  });
  if (keys === null) {
    await core.status.settle("broken");
    return unusable(machine);
  }
  return take(core, decision.kind, machine, keys, decision.kind === "adopt" ? decision.state : "running");
}

async function take(
  core: MachineCore,
  kind: Exclude<ReturnType<typeof decideRecovery>["kind"], "settle" | "broken-process">,
  machine: RunningMachine,
  keys: MachineKeys,
  state: "running" | "paused",
): Promise<Unfinished | null> {
  if (core.status.state === "broken") core.status.clearProblems();
  core.status.clearGuestProblems();
  const active = activate(core, machine, keys);
  switch (kind) {
    case "adopt":
      await adopt(core, active, state);
      return null;
    case "finish-suspend":
      await core.status.settle("suspending");
      await finishSuspend(core, active);
      return null;
    case "rollback-suspend":
      await core.status.settle("suspending");
      await rollBackSuspend(core, active);
      return null;
    case "rollback-resume":
      await endMachine(active);
      await core.saved.restoreUnused();
      await core.warm.restoreUnused();
      if (core.status.state === "starting") {
        await core.status.settle("stopped");
        return { kind: "unfinished", goal: "start", work: (signal) => start(core, {}, signal) };
      }
      await core.status.settle((await core.saved.inspect()).kind === "valid" ? "suspended" : "stopped");
      return null;
    case "finish-start":
      await core.status.settle("starting");
      return { kind: "unfinished", goal: "start", work: (signal) => finishStart(core, active, signal) };
    case "finish-resume":
      await core.status.settle("resuming");
      return { kind: "unfinished", goal: "resume", work: (signal) => finishResume(core, active, signal) };
    case "finish-stop":
      await core.status.settle("stopping");
      return { kind: "unfinished", goal: "stop", work: () => finishStop(core, active) };
  }
}

/** Takes the machine over without touching it. */
async function adopt(core: MachineCore, active: ActiveMachine, state: "running" | "paused"): Promise<void> {
  const { machine, guest, keys } = active;
  core.tunnel.open({ port: await machine.sshPort(), keys, waitForPoke: false }, machine);
  if (state === "paused") core.tunnel.hold();
  await core.status.settle(state);
  if (state === "paused") return;
  if ((await machine.runState()) === "halted") {
    core.status.removeProblem("host_disk_full");
    waitForSpace(core, active);
    return;
  }
  // Init may be busy; its reports are welcome whenever they come. This computer may have slept meanwhile.
  Promise.all([guest.catchUp(), guest.setTime()]).catch((error: unknown) => {
    core.logger.debug("The guest's init does not answer", { error: describeError(error) });
  });
}

async function finishResume(core: MachineCore, active: ActiveMachine, signal: AbortSignal): Promise<void> {
  const clock = new PhaseClock(core.status, "resume", ["continue", "clock", "tunnel", "ready"], true);
  if ((await core.saved.inspect()).kind === "valid") {
    await goOn(core, active, { saved: core.saved, kind: "resumed" }, clock, signal);
  } else {
    // The state had been put away already; all that lacked was the word to run.
    await active.machine.resume();
    await core.saved.discardUsed();
    await active.guest.setTime();
    core.tunnel.open(
      { port: await active.machine.sshPort(), keys: active.keys, waitForPoke: false },
      active.machine,
    );
    await core.tunnel.ready(core.limits.reconnectMs);
  }
  await core.status.step("running");
}

async function processOf(core: MachineCore, attached: AttachResult): Promise<Findings["process"]> {
  if (attached.kind !== "attached") return attached.kind;
  return attached.machine.runState().catch((error: unknown) => {
    core.logger.error("QEMU does not tell its state", { error: describeError(error) });
    return "unusable" as const;
  });
}

function unusable(machine: RunningMachine): UnusableProcess {
  const { pid } = machine.record;
  return { kind: "unusable", pid, end: () => machine.end(), release: () => machine.detach() };
}

function savedStateLost(): BerthError {
  return new BerthError({
    code: "saved_state_lost",
    message: "What the VM was doing when it was suspended is lost: its saved state is missing or damaged.",
    hint: "Run `berth start`: it boots from its disk, on which nothing is lost, and containers start by their restart policy.",
  });
}

export function unusableProcess(): BerthError {
  return new BerthError({
    code: "vm_unusable_process",
    message: "A QEMU process of this VM runs but cannot be talked to.",
    hint: "Run `berth stop --force` to end it, then `berth start`. Data on disk is kept.",
  });
}
