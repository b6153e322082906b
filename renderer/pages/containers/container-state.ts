import type { ContainerSummary } from "../../../engine/contract/index.ts";

export type StateShape = "running" | "paused" | "stopped" | "working" | "broken";

/** Exit codes of a program that was told to end: 137 by SIGKILL, 143 by SIGTERM. */
const ENDED_ON_REQUEST = new Set([0, 137, 143]);

/** How a container's state is shown: the shape first, then the word. */
export function stateOf(container: ContainerSummary): { shape: StateShape; word: string } {
  switch (container.state) {
    case "running":
      return { shape: "running", word: "Running" };
    case "paused":
      return { shape: "paused", word: "Paused" };
    case "restarting":
      return { shape: "working", word: "Restarting" };
    case "removing":
      return { shape: "working", word: "Removing" };
    case "created":
      return { shape: "stopped", word: "Created" };
    case "dead":
      return { shape: "broken", word: "Dead" };
    case "exited": {
      const code = container.exitCode ?? 0;
      const shape = ENDED_ON_REQUEST.has(code) ? "stopped" : "broken";
      return { shape, word: code === 0 ? "Exited" : `Exited (${code})` };
    }
  }
}

/** True while the container has processes. */
export function isAlive({ state }: ContainerSummary): boolean {
  return state === "running" || state === "paused" || state === "restarting";
}

export type ContainerAction =
  "start" | "stop" | "restart" | "pause" | "unpause" | "kill" | "rename" | "export" | "remove";

const POSSIBLE: Record<ContainerSummary["state"], readonly ContainerAction[]> = {
  created: ["start", "rename", "export", "remove"],
  running: ["stop", "restart", "pause", "kill", "rename", "export", "remove"],
  paused: ["unpause", "stop", "restart", "rename", "export", "remove"],
  restarting: ["stop", "restart", "kill", "rename", "remove"],
  exited: ["start", "rename", "export", "remove"],
  removing: [],
  dead: ["remove"],
};

/** What can be done with a container in its state. */
export function isPossible(action: ContainerAction, container: ContainerSummary): boolean {
  return POSSIBLE[container.state].includes(action);
}

/** The moment that a container's row tells the age of: since when it runs, or since when it does not. */
export function since(container: ContainerSummary): { verb: "up" | "ended" | "created"; at: number } {
  if (isAlive(container) && container.startedAt !== null) {
    return { verb: "up", at: Date.parse(container.startedAt) };
  }
  if (container.finishedAt !== null) return { verb: "ended", at: Date.parse(container.finishedAt) };
  return { verb: "created", at: Date.parse(container.createdAt) };
}
