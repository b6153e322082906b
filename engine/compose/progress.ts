import type { Activity } from "../contract/index.ts";

interface Part {
  text: string;
  /** 0 to 1. */
  done: number;
}
export type ProgressState = Pick<Activity, "detail" | "progress" | "parts">;

/** How far each of Compose's words is on the way, of things that it makes, changes or removes. */
const words: Record<string, { text: string; done: number }> = {
  Pulling: { text: "Pulling", done: 0.1 },
  Pulled: { text: "Pulled", done: 0.4 },
  Building: { text: "Building", done: 0.1 },
  Built: { text: "Built", done: 0.4 },
  Recreate: { text: "Recreating", done: 0.5 },
  Recreated: { text: "Recreated", done: 0.6 },
  Creating: { text: "Creating", done: 0.5 },
  Created: { text: "Created", done: 0.6 },
  Starting: { text: "Starting", done: 0.7 },
  Waiting: { text: "Waiting", done: 0.8 },
  Started: { text: "Started", done: 1 },
  Running: { text: "Running", done: 1 },
  Healthy: { text: "Healthy", done: 1 },
  Exited: { text: "Ended", done: 1 },
  Restarting: { text: "Restarting", done: 0.4 },
  Stopping: { text: "Stopping", done: 0.3 },
  Stopped: { text: "Stopped", done: 0.7 },
  Removing: { text: "Removing", done: 0.8 },
  Removed: { text: "Removed", done: 1 },
  Pausing: { text: "Pausing", done: 0.3 },
  Paused: { text: "Paused", done: 1 },
  Unpausing: { text: "Resuming", done: 0.3 },
  Unpaused: { text: "Resumed", done: 1 },
  Killing: { text: "Killing", done: 0.3 },
  Killed: { text: "Killed", done: 1 },
  Skipped: { text: "Skipped", done: 1 },
  Error: { text: "Failed", done: 1 },
};

/** What the work aims at; then a service is done. */
export type Goal = "up" | "stop" | "remove" | "pull";
const enough: Record<Goal, string[]> = {
  up: [],
  stop: ["Stopped"],
  remove: [],
  pull: ["Pulled"],
};

/**
 * Reads Compose's plain progress, line by line, into the state of each service. Lines look like
 * ` Container shop-web-1  Started`, ` web Pulling `, `#7 [web 2/3] RUN make`.
 */
export class ComposeProgress {
  readonly #parts = new Map<string, Part>();
  readonly #serviceOf: (container: string) => string | null;
  readonly #goal: Goal;
  /** Build step numbers to services. */
  readonly #steps = new Map<string, string>();
  #detail = "";

  constructor(services: readonly string[], serviceOf: (container: string) => string | null, goal: Goal) {
    this.#serviceOf = serviceOf;
    this.#goal = goal;
    for (const name of services) this.#parts.set(name, { text: "Waiting", done: 0 });
  }

  /** Takes one line; says whether it told anything. */
  add(line: string): boolean {
    return this.#buildLine(line) || this.#eventLine(line);
  }

  state(): ProgressState {
    const parts = [...this.#parts.values()];
    const done = parts.reduce((sum, part) => sum + part.done, 0);
    return {
      detail: this.#detail,
      progress: parts.length === 0 ? null : Math.min(0.99, done / parts.length),
      parts: [...this.#parts].map(([id, part]) => ({ id, detail: part.text, progress: part.done })),
    };
  }

  #eventLine(line: string): boolean {
    const match =
      /^\s*(?:(Container|Network|Volume|Image|Service) )?(\S+)\s+(?:(.*?)\s+)??([A-Z][a-z]+)\s*$/.exec(line);
    const word = words[match?.[4] ?? ""];
    if (!match || word === undefined) return false;
    const [, kind, id = ""] = match;
    const service =
      kind === "Container" ? this.#serviceOf(id) : kind === undefined || kind === "Service" ? id : null;
    if (service !== null && (this.#parts.has(service) || kind === "Container")) {
      this.#set(service, word.text, this.#isDone(match[4] ?? "", word.done));
      this.#detail = `${service}: ${word.text.toLowerCase()}`;
    } else if (kind !== undefined) this.#detail = `${kind} ${id}: ${word.text.toLowerCase()}`;
    else return false;
    return true;
  }

  #buildLine(line: string): boolean {
    const step = /^#(\d+) \[([^\]\s]+)(?: [^\]]*?)? ?(\d+\/\d+)?\] (.*)$/.exec(line);
    if (step) {
      const [, number = "", service = "", count, what = ""] = step;
      if (!this.#parts.has(service)) return false;
      this.#steps.set(number, service);
      if (count !== undefined) {
        const [at = 0, of = 1] = count.split("/").map(Number);
        this.#set(service, `Step ${count} ${what}`, 0.1 + (0.3 * at) / of);
        this.#detail = `${service}: ${what}`;
      }
      return true;
    }
    const cached = /^#(\d+) CACHED/.exec(line);
    return cached !== null && this.#steps.has(cached[1] ?? "");
  }

  #isDone(word: string, done: number): number {
    return enough[this.#goal].includes(word) ? 1 : done;
  }

  #set(service: string, text: string, done: number): void {
    const before = this.#parts.get(service)?.done ?? 0;
    this.#parts.set(service, { text, done: Math.max(before, done) });
  }
}
