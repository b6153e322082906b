import { readStream } from "../engine/contract/index.ts";
import type { Activity, BerthClient } from "../engine/contract/index.ts";
import type { Context } from "./context.ts";
import { CliFailure, exitCodes } from "./failure.ts";
import type { ProgressDisplay } from "./output.ts";
import { escapeText } from "./text.ts";

/**
 * Shows an activity of the engine until it ends. Ctrl-C calls it off. Throws what went wrong with it, or that it
 * was called off.
 */
export async function waitForActivity(context: Context, client: BerthClient, id: string): Promise<void> {
  const progress = context.output.progress();
  const shown = new PartsShown(progress);
  const forget = context.surroundings.onInterrupt(() => {
    client.activity.cancel({ id }).catch(() => undefined);
  });
  try {
    for await (const change of readStream(client, client.activity.watch())) {
      if (change.kind === "remove" && change.id === id) return;
      const items = change.kind === "snapshot" ? change.items : change.kind === "upsert" ? [change.item] : [];
      const activity = items.find((item) => item.id === id);
      if (activity === undefined) continue;
      shown.show(activity);
      if (activity.state === "running") continue;
      throwUnlessDone(activity);
      return;
    }
    throw new CliFailure(
      {
        code: "engine_gone",
        message: "Berth's engine ended while it was at work.",
        hint: "Look at what is there now: berth app list",
      },
      exitCodes.failed,
    );
  } finally {
    forget();
    progress.close();
  }
}

function throwUnlessDone(activity: Activity): void {
  if (activity.state === "done") return;
  if (activity.state === "cancelled") {
    const message = `"${activity.title}" was called off; what was done by then stays.`;
    throw new CliFailure({ code: "cancelled", message, hint: "" }, exitCodes.interrupted);
  }
  const { message, hint } = activity.error ?? { message: `"${activity.title}" failed.`, hint: "" };
  throw new CliFailure({ code: "activity_failed", message, hint }, exitCodes.failed);
}

/** A line for each part of the work that is done, and what goes on meanwhile. */
class PartsShown {
  readonly #display: ProgressDisplay;
  readonly #finished = new Map<string, string>();
  readonly #seen = new Set<string>();

  constructor(display: ProgressDisplay) {
    this.#display = display;
  }

  show(activity: Activity): void {
    for (const part of activity.parts ?? []) {
      this.#seen.add(part.id);
      if (part.progress !== 1 || this.#finished.get(part.id) === part.detail) continue;
      this.#finished.set(part.id, part.detail);
      this.#display.finished(`  ${escapeText(part.id)}: ${escapeText(part.detail.toLowerCase())}`);
    }
    // The last words of a part may be overtaken by the end of the whole.
    if (activity.state === "done") {
      for (const id of this.#seen)
        if (!this.#finished.has(id)) this.#display.finished(`  ${escapeText(id)}: done`);
    }
    const { detail, title } = activity;
    if (activity.state === "running") this.#display.update(escapeText(detail === "" ? title : detail));
  }
}
