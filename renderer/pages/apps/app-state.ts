import type { App, AppService, AppState } from "../../../engine/contract/index.ts";

export interface StateLook {
  shape: "running" | "paused" | "stopped" | "working" | "broken";
  word: string;
}

const looks: Record<AppState, StateLook> = {
  running: { shape: "running", word: "Running" },
  partial: { shape: "working", word: "Partly up" },
  paused: { shape: "paused", word: "Paused" },
  stopped: { shape: "stopped", word: "Stopped" },
  failed: { shape: "broken", word: "Failed" },
  absent: { shape: "stopped", word: "Not created" },
};

/** How the state of an app or a service is shown: the shape first, then the word. */
export function lookOf({ state }: Pick<App | AppService, "state">): StateLook {
  return looks[state];
}

/** Whether processes of it exist. */
export function isAlive({ state }: Pick<App | AppService, "state">): boolean {
  return state === "running" || state === "partial" || state === "paused";
}

/** `2 of 3`: services that run, of all. */
export function runningOf(app: App): string {
  const running = app.services.filter((service) => isAlive(service)).length;
  return `${running} of ${app.services.length}`;
}

export type AppAction =
  "up" | "start" | "stop" | "restart" | "pause" | "unpause" | "pull" | "edit" | "down" | "remove";

const byState: Record<AppState, readonly AppAction[]> = {
  running: ["stop", "restart", "pause"],
  partial: ["start", "stop", "restart", "pause"],
  paused: ["unpause", "stop", "restart"],
  stopped: ["start"],
  failed: ["start"],
  absent: [],
};

/** What can be done with an app now; the first is the likeliest wish. */
export function actionsOf(app: App): AppAction[] {
  if (app.kind === "container") return [...byState[app.state], "remove"];
  const known = app.source.kind !== "elsewhere";
  const life = byState[app.state];
  const files: AppAction[] = known ? ["pull", "edit"] : [];
  if (app.state === "absent") return ["up", ...files, "remove"];
  const up: AppAction[] = known ? ["up"] : [];
  return [
    // Of an app that is partly up, something may never have been created, which only "up" does.
    ...(app.state === "partial" ? [...up, ...life] : [...life, ...up]),
    ...files,
    "down",
    ...(known ? (["remove"] as const) : []),
  ];
}

export function isPossible(action: AppAction, app: App): boolean {
  return actionsOf(app).includes(action);
}
