import type { MachineSnapshot, SelfRestart } from "../types.ts";
import type { MachineCore } from "./core.ts";
import type { MachineFigures } from "./figures.ts";
import { isMoving } from "./states.ts";

/** The whole truth at this moment. `otherPid`: a process that holds this home's VM but is not ours to talk to. */
export function describeMachine(
  core: MachineCore,
  figures: MachineFigures,
  selfRestart: SelfRestart | null,
  otherPid: number | null,
): MachineSnapshot {
  const { status, running, tunnel, config, driver } = core;
  const record = running?.machine.record ?? null;
  const { cpus, memoryMiB, diskGiB } = config();
  return {
    state: status.state,
    since: status.since,
    lastStart: status.lastStart,
    phases: status.phases,
    currentPhase: isMoving(status.state) ? status.currentPhase : null,
    accelerator: record?.shape.accelerator ?? null,
    cpus: record?.shape.cpus ?? cpus,
    memoryMiB: record?.shape.memoryMiB ?? memoryMiB,
    diskGiB: status.diskGiB ?? diskGiB,
    pid: record?.pid ?? otherPid,
    qemuVersion: record?.driverVersion ?? null,
    tunnel: tunnel.state,
    canSuspend: driver.capabilities.suspendToDisk !== "none",
    suspendMethod: driver.capabilities.suspendToDisk,
    selfRestart,
    ...figures,
    problems: status.problems,
  };
}
