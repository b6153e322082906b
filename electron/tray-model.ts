import type { ContainerSummary, Status, VmState } from "../engine/contract/index.ts";

/** The tray's pictures. */
export type TrayLook = "running" | "suspended" | "stopped" | "working" | "broken";

export type TrayAction = "start" | "resume" | "suspend" | "stop" | "unpause";

export interface TrayContainer {
  id: string;
  name: string;
  /** Addresses to open in a browser. */
  addresses: string[];
}

/** All that the tray shows; equal models need no redraw. */
export interface TrayModel {
  look: TrayLook;
  /** The state in words, also the icon's tooltip. */
  line: string;
  /** What is wrong, or null. */
  problem: string | null;
  actions: TrayAction[];
  containers: TrayContainer[];
  /** Running containers with ports beyond those listed. */
  more: number;
}

const listed = 8;
const longestName = 40;

const words: Record<VmState, string> = {
  absent: "Not started yet",
  creating: "Creating the VM",
  stopped: "Stopped",
  starting: "Starting",
  running: "Running",
  paused: "Paused",
  suspending: "Suspending",
  suspended: "Suspended",
  resuming: "Resuming",
  stopping: "Stopping",
  broken: "Needs attention",
};

const actions: Partial<Record<VmState, TrayAction[]>> = {
  absent: ["start"],
  stopped: ["start"],
  running: ["suspend", "stop"],
  paused: ["unpause", "suspend", "stop"],
  suspended: ["resume"],
  broken: ["start"],
};

/** What the tray shows for what is known; null status means that no engine answers right now. */
export function trayModel(
  status: Status | null,
  containers: ReadonlyMap<string, ContainerSummary> | null,
): TrayModel {
  if (status === null) {
    return { look: "working", line: "Connecting", problem: null, actions: [], containers: [], more: 0 };
  }
  const shown = status.state === "running" ? publishing(containers) : [];
  return {
    look: looks[status.state] ?? "working",
    line: words[status.state],
    problem: status.problems[0] === undefined ? null : plain(status.problems[0].message, 80),
    actions: actions[status.state] ?? [],
    containers: shown.slice(0, listed),
    more: Math.max(0, shown.length - listed),
  };
}

const looks: Partial<Record<VmState, TrayLook>> = {
  absent: "stopped",
  stopped: "stopped",
  running: "running",
  paused: "suspended",
  suspended: "suspended",
  broken: "broken",
};

function publishing(containers: ReadonlyMap<string, ContainerSummary> | null): TrayContainer[] {
  return [...(containers?.values() ?? [])]
    .filter(({ state }) => state === "running")
    .map(({ id, name, ports }) => ({
      id,
      name: plain(name, longestName),
      addresses: [
        ...new Set(
          ports
            .filter((port) => port.protocol === "tcp" && port.hostPort !== null)
            .map((port) => `http://127.0.0.1:${port.hostPort}`),
        ),
      ],
    }))
    .filter(({ addresses }) => addresses.length > 0)
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Text of strangers as one short line of visible characters. */
function plain(text: string, longest: number): string {
  const visible = text.replace(/[\p{C}\p{Z}]+/gu, " ").trim();
  return visible.length > longest ? `${visible.slice(0, longest - 1)}…` : visible;
}
