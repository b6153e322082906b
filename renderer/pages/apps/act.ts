import type { App } from "../../../engine/contract/index.ts";
import { engine } from "../../connection/index.ts";
import { perform, toasts } from "../../stores/toasts.svelte.ts";
import { type AppAction, isPossible } from "./app-state.ts";

export type DirectAction = Exclude<AppAction, "edit" | "down" | "remove">;

/** Does something with each of the apps for which it is possible. Work on projects shows in the activity strip. */
export async function act(action: DirectAction, apps: readonly App[]): Promise<void> {
  const able = apps.filter((app) => isPossible(action, app));
  await Promise.all(able.map((app) => perform(() => begin(action, app))));
}

function begin(action: DirectAction, app: App): Promise<unknown> {
  const { apps, containers } = engine.required;
  if (app.kind === "project") {
    return action === "up" ? apps.up({ name: app.name }) : apps[action]({ name: app.name });
  }
  const id = app.services[0]?.containers[0] ?? "";
  return action === "up" || action === "pull" ? Promise.resolve() : containers[action]({ id });
}

/** Does something with one service of a project. */
export function actOnService(
  action: "start" | "stop" | "restart" | "pause" | "unpause" | "pull",
  app: App,
  service: string,
): Promise<boolean> {
  return perform(() => engine.required.apps[action]({ name: app.name, services: [service] }));
}

/** Builds a service anew and recreates its containers, nothing else. */
export function rebuild(app: App, service: string): Promise<boolean> {
  return perform(() => engine.required.apps.rebuild({ name: app.name, service }));
}

/** Takes projects down and removes containers that stand alone. */
export async function remove(
  apps: readonly App[],
  options: { volumes: boolean; forget: boolean },
): Promise<void> {
  await Promise.all(
    apps.map((app) =>
      perform(() => {
        if (app.kind === "project") return engine.required.apps.down({ name: app.name, ...options });
        const id = app.services[0]?.containers[0] ?? "";
        return engine.required.containers.remove({ id, force: true, volumes: options.volumes });
      }),
    ),
  );
}

/** Runs a folder; says so, because it may take a while until something shows. */
export async function up(folder: string, name: string, variables: Record<string, string>): Promise<boolean> {
  const given = Object.entries(variables).map(([variable, value]) => ({ name: variable, value }));
  const done = await perform(() =>
    engine.required.apps.up({ folder, name, ...(given.length === 0 ? {} : { variables: given }) }),
  );
  if (done) toasts.done(`${name} is being started.`);
  return done;
}
