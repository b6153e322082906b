import type { Problem, Status } from "../contract/index.ts";
import type { MachineSnapshot } from "../vm.ts";

export interface StatusParts {
  snapshot: MachineSnapshot;
  engineVersion: string;
  dockerSocket: string;
  dockerVersion: string | null;
  /** How far the writing of the present transition is. */
  progress: Status["progress"];
  /** Problems that are not the VM's own. */
  problems: Problem[];
}

/** The status as people and scripts see it. */
export function statusOf(parts: StatusParts): Status {
  const { snapshot } = parts;
  return {
    state: snapshot.state,
    since: snapshot.since,
    lastStart: snapshot.lastStart,
    phases: snapshot.phases.map(({ name, ms }) => ({ name, ms })),
    currentPhase: snapshot.currentPhase,
    progress: parts.progress,
    selfRestart: snapshot.selfRestart,
    pendingRestore: snapshot.pendingRestore,
    engine: { pid: process.pid, version: parts.engineVersion },
    vm: {
      accelerator: snapshot.accelerator,
      cpus: snapshot.cpus,
      memoryMiB: snapshot.memoryMiB,
      diskGiB: snapshot.diskGiB,
      pid: snapshot.pid,
    },
    docker: { socket: parts.dockerSocket, version: parts.dockerVersion },
    disk: { ...snapshot.disk },
    problems: [...snapshot.problems, ...parts.problems],
  };
}
