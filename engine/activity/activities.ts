import { randomUUID } from "node:crypto";
import type { Activity } from "../contract/index.ts";
import { LiveList } from "../live/live-list.ts";
import { BerthError, type Logger } from "../vm.ts";

export interface ActivityOptions {
  kind: string;
  title: string;
  cancellable: boolean;
}

type ActivityReport = Pick<Activity, "detail" | "progress" | "parts">;
type Work<T> = (report: (state: ActivityReport) => void, signal: AbortSignal) => Promise<T>;
type Translate = (error: unknown) => { message: string; hint: string };

/** Finished activities that are kept for whoever looks later. */
const KEPT = 50;
const REPORT_INTERVAL_MS = 100;

/** Work that takes longer than a moment. It belongs to the engine, so it goes on when the window closes. */
export class Activities {
  readonly list = new LiveList<Activity>((activity) => activity.id);
  readonly #running = new Map<string, AbortController>();
  readonly #translate: Translate;
  readonly #logger: Logger;

  constructor(translate: Translate, logger: Logger) {
    this.#translate = translate;
    this.#logger = logger;
    this.list.reset([]);
  }

  /** Runs work as an activity; `done` settles with it. */
  start<T>(options: ActivityOptions, work: Work<T>): { id: string; done: Promise<T> } {
    const id = randomUUID();
    const controller = new AbortController();
    this.#running.set(id, controller);
    this.list.upsert({
      ...options,
      id,
      state: "running",
      detail: "",
      progress: null,
      startedAt: new Date().toISOString(),
      endedAt: null,
      error: null,
    });
    const done = this.#run(id, work, controller.signal);
    // Whoever only shows the activity does not wait for it; its failure is on the list.
    done.catch(() => undefined);
    return { id, done };
  }

  cancel(id: string): void {
    const activity = this.#require(id);
    if (activity.state !== "running") return;
    if (!activity.cancellable) {
      throw new BerthError({
        code: "not_cancellable",
        message: `"${activity.title}" cannot be cancelled.`,
        hint: "Wait until it ends.",
      });
    }
    this.#running.get(id)?.abort();
  }

  /** Takes a finished activity off the list. */
  dismiss(id: string): void {
    if (this.#require(id).state === "running") {
      throw new BerthError({
        code: "still_running",
        message: "An activity that is still running cannot be dismissed.",
        hint: "Cancel it, or wait until it ends.",
      });
    }
    this.list.remove(id);
  }

  /** Cancels everything that runs, for the end of the engine. */
  close(): void {
    for (const controller of this.#running.values()) controller.abort();
  }

  async #run<T>(id: string, work: Work<T>, signal: AbortSignal): Promise<T> {
    const reporter = new Reporter((state) => this.#update(id, state));
    try {
      const result = await work((state) => reporter.report(state), signal);
      reporter.flush();
      this.#end(id, { state: "done", progress: 1 });
      return result;
    } catch (error) {
      reporter.flush();
      if (signal.aborted) {
        this.#end(id, { state: "cancelled" });
        const title = this.list.get(id)?.title ?? "The work";
        throw new BerthError({
          code: "cancelled",
          message: `"${title}" was cancelled.`,
          hint: "Start it again if you want it after all.",
          cause: error,
        });
      }
      this.#logger.warn("activity failed", { id, title: this.list.get(id)?.title, error });
      this.#end(id, { state: "failed", error: this.#translate(error) });
      throw error;
    } finally {
      this.#running.delete(id);
      this.#trim();
    }
  }

  #end(id: string, state: Partial<Activity>): void {
    this.#update(id, { ...state, parts: undefined, endedAt: new Date().toISOString(), cancellable: false });
  }

  #update(id: string, change: Partial<Activity>): void {
    const activity = this.list.get(id);
    if (activity) this.list.upsert({ ...activity, ...change });
  }

  #trim(): void {
    const finished = (this.list.all() ?? []).filter((activity) => activity.state !== "running");
    for (const old of finished.slice(0, Math.max(0, finished.length - KEPT))) this.list.remove(old.id);
  }

  #require(id: string): Activity {
    const activity = this.list.get(id);
    if (activity) return activity;
    throw new BerthError({
      code: "not_found",
      message: "There is no such activity.",
      hint: "It may have been dismissed meanwhile.",
    });
  }
}

/** Passes on at most ten reports a second, and always the last one. */
class Reporter {
  readonly #apply: (state: ActivityReport) => void;
  #lastAt = 0;
  #held: ActivityReport | null = null;

  constructor(apply: (state: ActivityReport) => void) {
    this.#apply = apply;
  }

  report(state: ActivityReport): void {
    this.#held = state;
    if (performance.now() - this.#lastAt >= REPORT_INTERVAL_MS) this.flush();
  }

  flush(): void {
    if (this.#held === null) return;
    this.#apply(this.#held);
    this.#held = null;
    this.#lastAt = performance.now();
  }
}
