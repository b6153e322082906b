import type { BerthClient } from "../../engine/contract/client.ts";
import type { VmState } from "../../engine/contract/index.ts";

export type Shape = "running" | "paused" | "stopped" | "working" | "broken" | "suspended";

/** One thing to do about the VM. */
export interface VmAction {
  id: "start" | "stop" | "restart" | "suspend" | "resume" | "pause" | "unpause" | "cancel";
  label: string;
  run: (client: BerthClient) => Promise<unknown>;
}

interface Words {
  shape: Shape;
  word: string;
  sentence: string;
  /** The one thing to do first, then the others. */
  actions: readonly VmAction[];
}

const start: VmAction = { id: "start", label: "Start", run: (client) => client.vm.start({ cold: false }) };
const stop: VmAction = { id: "stop", label: "Stop", run: (client) => client.vm.stop({}) };
const restart: VmAction = { id: "restart", label: "Restart", run: (client) => client.vm.restart() };
const suspend: VmAction = { id: "suspend", label: "Suspend", run: (client) => client.vm.suspend() };
const resume: VmAction = { id: "resume", label: "Resume", run: (client) => client.vm.resume() };
const pause: VmAction = { id: "pause", label: "Pause", run: (client) => client.vm.pause() };
const unpause: VmAction = { id: "unpause", label: "Continue", run: (client) => client.vm.unpause() };

const cancel: VmAction = { id: "cancel", label: "Cancel", run: (client) => client.vm.cancel() };

const words: Record<VmState, Words> = {
  absent: {
    shape: "stopped",
    word: "Not set up",
    sentence: "Start it once, and Berth makes the VM and its disk.",
    actions: [start],
  },
  creating: {
    shape: "working",
    word: "Creating",
    sentence: "Berth makes the VM's disk and keys.",
    actions: [],
  },
  stopped: {
    shape: "stopped",
    word: "Stopped",
    sentence: "Nothing runs and nothing is used but disk.",
    actions: [start],
  },
  starting: { shape: "working", word: "Starting", sentence: "The VM boots.", actions: [cancel] },
  running: {
    shape: "running",
    word: "Running",
    sentence: "Docker is ready.",
    actions: [suspend, pause, restart, stop],
  },
  paused: {
    shape: "paused",
    word: "Paused",
    sentence: "Everything is held in memory and uses no CPU.",
    actions: [unpause],
  },
  suspending: {
    shape: "working",
    word: "Suspending",
    sentence: "Berth writes the machine to disk.",
    actions: [cancel],
  },
  suspended: {
    shape: "suspended",
    word: "Suspended",
    sentence: "Everything is on disk, as you left it. No memory or CPU is used.",
    actions: [resume],
  },
  resuming: {
    shape: "working",
    word: "Resuming",
    sentence: "Berth brings the machine back.",
    actions: [cancel],
  },
  stopping: {
    shape: "working",
    word: "Stopping",
    sentence: "Containers stop in order, then the VM.",
    actions: [],
  },
  broken: {
    shape: "broken",
    word: "Needs attention",
    sentence: "The VM did not come up.",
    actions: [start],
  },
};

/** How the VM's state is shown and what can be done about it. */
export function vmWords(state: VmState): Words {
  return words[state];
}

const phaseWords: Record<string, string> = {
  prepare: "Preparation",
  qemu: "Power on",
  kernel: "Linux",
  initrd: "Linux",
  init: "System",
  disk: "Data disk",
  network: "Network",
  sshd: "SSH server",
  tunnel: "Secure tunnel",
  containerd: "containerd",
  dockerd: "Docker engine",
  docker: "Docker engine",
  ready: "Ready",
};

/** A phase of the start in words; unknown ones are shown as they are called. */
export function phaseWord(name: string): string {
  return phaseWords[name] ?? name;
}
