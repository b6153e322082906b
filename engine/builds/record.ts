import type { BuildEvent, BuildFailure, BuildSpec, BuildStep, BuildSummary } from "../contract/index.ts";
import { Wakeup } from "../live/wakeup.ts";
import type { SolveStatus } from "./rawjson.ts";

/** A step's log beyond this is dropped: what counts is at its beginning or in the program that wrote it. */
const MAX_LOG_CHARACTERS = 1024 * 1024;
const CUT = "\n… The log goes on; Berth keeps its first mebibyte.\n";

interface Follower {
  wakeup: Wakeup;
  steps: Set<string>;
  sent: Map<string, number>;
}

/** One build: its steps and their logs, as they come and as they were. */
export class BuildRecord {
  readonly spec: BuildSpec;
  summary: BuildSummary;
  readonly #steps = new Map<string, BuildStep>();
  readonly #logs = new Map<string, string>();
  readonly #followers = new Set<Follower>();
  readonly #onChange: (summary: BuildSummary) => void;

  constructor(summary: BuildSummary, spec: BuildSpec, onChange: (summary: BuildSummary) => void) {
    this.summary = summary;
    this.spec = spec;
    this.#onChange = onChange;
  }

  get steps(): BuildStep[] {
    return [...this.#steps.values()];
  }

  get logs(): Record<string, string> {
    return Object.fromEntries(this.#logs);
  }

  /** Fills in what a file kept. */
  restore(steps: readonly BuildStep[], logs: Readonly<Record<string, string>>): void {
    for (const step of steps) this.#steps.set(step.id, step);
    for (const [id, log] of Object.entries(logs)) this.#logs.set(id, log);
  }

  /** Takes in what BuildKit reports. */
  apply(status: SolveStatus): void {
    for (const vertex of status.vertexes ?? []) this.#put(stepOf(vertex, this.#steps.get(vertex.digest)));
    for (const { vertex, total, current, id, completed } of status.statuses ?? []) {
      const step = this.#steps.get(vertex);
      if (step?.state !== "running") continue;
      const known = (total ?? 0) > 0;
      const progress = known ? Math.min(1, (current ?? 0) / (total ?? 1)) : null;
      const ended = typeof completed === "string";
      this.#put({ ...step, detail: ended ? "" : id, progress: ended ? null : progress });
    }
    for (const { vertex, data } of status.logs ?? []) {
      this.#log(vertex, Buffer.from(data ?? "", "base64").toString("utf8"));
    }
    const warnings = (status.warnings ?? []).flatMap(({ short }) => decoded(short));
    this.update({ ...countsOf(this.steps), warnings: [...this.summary.warnings, ...warnings] });
  }

  update(change: Partial<BuildSummary>): void {
    this.summary = { ...this.summary, ...change };
    this.#onChange(this.summary);
  }

  /** Ends the build: nothing of it runs any more. */
  end(
    state: "done" | "failed" | "cancelled",
    more: { imageId?: string | null; failure?: BuildFailure | null } = {},
  ): void {
    for (const step of this.#steps.values()) {
      if (step.state === "running" || step.state === "waiting")
        this.#put({ ...step, state: "cancelled", detail: "" });
    }
    const endedAt = new Date().toISOString();
    this.update({ ...more, state, endedAt, activity: null, ...countsOf(this.steps) });
    for (const { wakeup } of this.#followers) wakeup.notify();
  }

  /** The step that failed, if one did. */
  failedStep(): { name: string; error: string } | null {
    const step = this.steps.find(({ state }) => state === "failed");
    return step === undefined ? null : { name: step.name, error: step.error ?? "" };
  }

  /** Steps and logs so far, then what comes; a slow reader gets a step's last state only, and its whole log. */
  async *follow(signal: AbortSignal): AsyncGenerator<BuildEvent, void, void> {
    const follower = {
      wakeup: new Wakeup(signal),
      steps: new Set(this.#steps.keys()),
      sent: new Map<string, number>(),
    };
    this.#followers.add(follower);
    follower.wakeup.notify();
    try {
      while (await follower.wakeup.next()) {
        const touched = [...follower.steps];
        follower.steps.clear();
        for (const id of touched) {
          const step = this.#steps.get(id);
          if (step !== undefined) yield { kind: "step", step };
          const sent = follower.sent.get(id) ?? 0;
          const log = this.#logs.get(id) ?? "";
          follower.sent.set(id, log.length);
          if (log.length > sent) yield { kind: "log", step: id, text: log.slice(sent) };
        }
        if (this.summary.state !== "running" && follower.steps.size === 0) return;
      }
    } finally {
      this.#followers.delete(follower);
    }
  }

  #put(step: BuildStep): void {
    this.#steps.set(step.id, step);
    this.#touch(step.id);
  }

  #log(step: string, text: string): void {
    const log = this.#logs.get(step) ?? "";
    if (log.endsWith(CUT)) return;
    const whole = log + text;
    this.#logs.set(
      step,
      whole.length > MAX_LOG_CHARACTERS ? whole.slice(0, MAX_LOG_CHARACTERS) + CUT : whole,
    );
    this.#touch(step);
  }

  #touch(step: string): void {
    for (const { steps, wakeup } of this.#followers) {
      steps.add(step);
      wakeup.notify();
    }
  }
}

type Vertex = NonNullable<SolveStatus["vertexes"]>[number];

function stepOf(vertex: Vertex, before: BuildStep | undefined): BuildStep {
  const started = vertex.started ?? before?.startedAt ?? null;
  const ms =
    typeof vertex.completed === "string" && started !== null
      ? Math.max(0, Date.parse(vertex.completed) - Date.parse(started))
      : null;
  const error = vertex.error ?? "";
  return {
    id: vertex.digest,
    name: vertex.name ?? before?.name ?? "",
    state: stateOf(vertex, started, error),
    startedAt: started === null ? null : new Date(started).toISOString(),
    ms,
    detail: ms === null ? (before?.detail ?? "") : "",
    progress: ms === null ? (before?.progress ?? null) : null,
    error: error === "" ? null : error,
  };
}

function stateOf(vertex: Vertex, started: string | null, error: string): BuildStep["state"] {
  if (/context canceled|^cancell?ed/i.test(error)) return "cancelled";
  if (error !== "") return "failed";
  if (vertex.cached === true) return "cached";
  if (typeof vertex.completed === "string") return "done";
  return started === null ? "waiting" : "running";
}

/** BuildKit's own preparations (`[internal] …`) are not counted. */
function countsOf(steps: readonly BuildStep[]): { steps: number; doneSteps: number; cachedSteps: number } {
  const own = steps.filter(({ name }) => !name.startsWith("[internal]"));
  const cachedSteps = own.filter(({ state }) => state === "cached").length;
  return {
    steps: own.length,
    cachedSteps,
    doneSteps: own.filter(({ state }) => state === "done").length + cachedSteps,
  };
}

function decoded(base64: string | null | undefined): string[] {
  const text = Buffer.from(base64 ?? "", "base64")
    .toString("utf8")
    .trim();
  return text === "" ? [] : [text];
}
