import { stat } from "node:fs/promises";
import path from "node:path";
import { readStream } from "../../engine/contract/index.ts";
import type { App, BerthClient } from "../../engine/contract/index.ts";
import { waitForActivity } from "../activity-wait.ts";
import { confirmed } from "../confirm.ts";
import type { Context } from "../context.ts";
import { CliFailure, exitCodes, usageFailure } from "../failure.ts";
import { openAddress } from "../open-address.ts";
import { count, escapeText, formatAge, formatTable } from "../text.ts";

/** How long the list of apps may take to show what was just done. */
const SETTLE_MS = 3000;

/** Lists the apps. */
export async function list(context: Context): Promise<number> {
  const apps = await context.withEngine((client) => client.apps.list());
  apps.sort((a, b) => (a.name < b.name ? -1 : 1));
  await context.output.result(apps, () => formatApps(apps, Date.now()));
  return exitCodes.done;
}

export interface UpOptions {
  name?: string;
  service?: string[];
  set?: string[];
  build?: boolean;
  recreate?: boolean;
}

/** Runs a folder, or an app that is known by its name. */
export function up(context: Context, what: string, options: UpOptions): Promise<number> {
  return context.withEngine(async (client) => {
    const folder = await folderOf(what);
    const set = parseVariables(options.set ?? []);
    const found = folder === null ? [] : await fromSurroundings(context, client, folder, options.name);
    const variables = [...found, ...set];
    const { activity, name } = await client.apps.up({
      ...(folder === null ? { name: what } : { folder }),
      ...(options.name === undefined || folder === null ? {} : { name: options.name }),
      services: options.service ?? [],
      build: options.build === true ? "always" : "auto",
      recreate: options.recreate === true,
      ...(variables.length === 0 ? {} : { variables }),
    });
    await waitForActivity(context, client, activity);
    const app = await settled(client, name, (one) => one !== null && one.state !== "absent");
    await context.output.result(app, () => describeUp(name, app));
    return exitCodes.done;
  });
}

export interface DownOptions {
  volumes?: boolean;
  forget?: boolean;
}

/** Removes an app's containers and networks; its volumes only when asked for, after a question. */
export function down(context: Context, name: string, options: DownOptions): Promise<number> {
  return context.withEngine(async (client) => {
    const { volumes = false, forget = false } = options;
    await required(client, name);
    if (volumes) {
      const loss = `The containers, networks and volumes of ${name} will be removed, with all data in the volumes.`;
      if (!(await confirmed(context, loss, "Remove?"))) {
        context.output.note("Nothing was removed.");
        return exitCodes.failed;
      }
    }
    const { activity } = await client.apps.down({ name, volumes, forget });
    await waitForActivity(context, client, activity);
    const app = await settled(client, name, (one) => one === null || one.state === "absent");
    await context.output.result({ name, volumesRemoved: volumes, app }, () =>
      volumes ? `${name} is removed with its volumes.` : `${name} is taken down; its volumes stay.`,
    );
    return exitCodes.done;
  });
}

export type SimpleAction = "start" | "stop" | "restart" | "pause" | "unpause" | "pull";
const wanted: Record<SimpleAction, { word: string; state: App["state"] | null }> = {
  start: { word: "is started", state: "running" },
  stop: { word: "is stopped", state: "stopped" },
  restart: { word: "is restarted", state: "running" },
  pause: { word: "is paused", state: "paused" },
  unpause: { word: "goes on", state: "running" },
  pull: { word: "has its newest images; use them with: berth app up", state: null },
};

/** Does one thing with an app, or with some of its services. */
export function act(
  context: Context,
  action: SimpleAction,
  name: string,
  services: string[],
): Promise<number> {
  return context.withEngine(async (client) => {
    await required(client, name);
    const { activity } = await client.apps[action]({ name, services });
    await waitForActivity(context, client, activity);
    const { state, word } = wanted[action];
    const app = await settled(
      client,
      name,
      (one) => state === null || services.length > 0 || one?.state === state,
    );
    const what = services.length > 0 ? `${services.join(", ")} of ${name}` : name;
    await context.output.result(app, () => `${what} ${word}.`);
    return exitCodes.done;
  });
}

/** Runs a service in so many containers; `SERVICE=NUMBER`. */
export function scale(context: Context, name: string, scaling: string): Promise<number> {
  const match = /^([a-zA-Z0-9._-]+)=(\d{1,3})$/.exec(scaling);
  if (!match) {
    throw usageFailure(`"${escapeText(scaling)}" is no scale.`, "Write it as SERVICE=NUMBER: web=3");
  }
  const [, service = "", number] = match;
  const replicas = Number(number);
  return context.withEngine(async (client) => {
    const { activity } = await client.apps.scale({ name, service, replicas });
    await waitForActivity(context, client, activity);
    const containersOf = (app: App | null) =>
      app?.services.find((one) => one.name === service)?.containers.length ?? 0;
    const app = await settled(client, name, (one) => containersOf(one) === replicas);
    await context.output.result(app, () => `${service} runs in ${count(replicas, "container")}.`);
    return exitCodes.done;
  });
}

/** Builds one service anew and recreates only its containers. */
export function rebuild(context: Context, name: string, service: string, cache: boolean): Promise<number> {
  return context.withEngine(async (client) => {
    const { activity } = await client.apps.rebuild({ name, service, cache });
    await waitForActivity(context, client, activity);
    const app = await settled(client, name, (one) => one !== null);
    await context.output.result(app, () => `${service} is built anew and recreated.`);
    return exitCodes.done;
  });
}

/** Opens an app's published port in the browser; with `--json` it only tells the address. */
export function open(context: Context, name: string, service: string | undefined): Promise<number> {
  return context.withEngine(async (client) => {
    const app = await required(client, name);
    const port = app.ports.find(
      (one) => one.protocol === "tcp" && (service === undefined || one.service === service),
    );
    if (port === undefined) {
      throw new CliFailure(
        {
          code: "nothing_to_open",
          message: `${service === undefined ? name : `"${service}" of ${name}`} publishes no port at the moment.`,
          hint:
            app.state === "running"
              ? "Publish a port in its Compose file."
              : `Start it first: berth app up ${name}`,
        },
        exitCodes.failed,
      );
    }
    const url = `http://localhost:${port.hostPort}/`;
    if (!context.output.json) await openAddress(context.surroundings, url);
    await context.output.result({ url, service: port.service }, () => url);
    return exitCodes.done;
  });
}

/** The app of that name, a project before a container; fails where there is none. */
export async function required(client: BerthClient, name: string): Promise<App> {
  const apps = await client.apps.list();
  const app =
    apps.find((one) => one.kind === "project" && one.name === name) ?? apps.find((one) => one.name === name);
  if (app) return app;
  throw new CliFailure(
    {
      code: "app_not_known",
      message: `There is no app "${escapeText(name)}".`,
      hint: "See which there are: berth app list",
    },
    exitCodes.failed,
  );
}

/** A folder's whole path; null for what is rather an app's name. */
async function folderOf(what: string): Promise<string | null> {
  const folder = path.resolve(what);
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder || /[/\\.]/.test(what)) return folder;
  return null;
}

/** The variables that a folder's Compose files use, as far as the environment here has them. */
async function fromSurroundings(
  context: Context,
  client: BerthClient,
  folder: string,
  name: string | undefined,
): Promise<{ name: string; value: string }[]> {
  const { variables } = await client.apps.examine({ folder, ...(name === undefined ? {} : { name }) });
  const { environment } = context.surroundings;
  return variables.flatMap((variable) => {
    const value = environment[variable];
    // These mean the folder and the person, which the engine knows itself.
    return value === undefined || ["PWD", "HOME", "PATH"].includes(variable)
      ? []
      : [{ name: variable, value }];
  });
}

function parseVariables(pairs: readonly string[]): { name: string; value: string }[] {
  return pairs.map((pair) => {
    const at = pair.indexOf("=");
    if (at > 0) return { name: pair.slice(0, at), value: pair.slice(at + 1) };
    throw usageFailure(`"${escapeText(pair)}" sets nothing.`, "Write it as NAME=VALUE.");
  });
}

/** The app once it is as expected, or as it is after a while: the list follows Docker a moment later. */
async function settled(
  client: BerthClient,
  name: string,
  isSo: (app: App | null) => boolean,
): Promise<App | null> {
  const find = (apps: readonly App[]) =>
    apps.find((app) => app.kind === "project" && app.name === name) ?? null;
  const apps = new Map<string, App>();
  const timeout = AbortSignal.timeout(SETTLE_MS);
  try {
    for await (const change of readStream(client, client.apps.watch(undefined, { signal: timeout }))) {
      if (change.kind === "snapshot") for (const app of change.items) apps.set(app.id, app);
      else if (change.kind === "upsert") apps.set(change.item.id, change.item);
      else if (change.kind === "remove") apps.delete(change.id);
      const app = find([...apps.values()]);
      if (isSo(app)) return app;
    }
  } catch (error) {
    if (!timeout.aborted) throw error;
  }
  return find([...apps.values()]);
}

function formatApps(apps: readonly App[], now: number): string {
  if (apps.length === 0) return "No apps. Run a folder with a Compose file or a Dockerfile: berth app up DIR";
  const rows = apps.map((app) => [
    escapeText(app.name),
    app.health === null || app.health === "healthy" ? app.state : `${app.state} (${app.health})`,
    app.kind === "container" ? "container" : runningOf(app),
    app.startedAt === null ? "" : formatAge(now - Date.parse(app.startedAt)),
    app.ports
      .map((port) => (port.protocol === "tcp" ? String(port.hostPort) : `${port.hostPort}/${port.protocol}`))
      .join(" "),
    escapeText(app.source.folder ?? app.template?.title ?? ""),
  ]);
  return formatTable(["NAME", "STATE", "SERVICES", "UP", "PORTS", "FROM"], rows);
}

function runningOf(app: App): string {
  const running = app.services.filter(({ state }) => state === "running").length;
  return `${running} of ${app.services.length}`;
}

function describeUp(name: string, app: App | null): string {
  const addresses = (app?.ports ?? [])
    .filter(({ protocol }) => protocol === "tcp")
    .map((port) => `  ${escapeText(port.service)}: http://localhost:${port.hostPort}/`);
  const failed = (app?.services ?? [])
    .filter(({ state }) => state === "failed")
    .map((service) => escapeText(service.name));
  const lines = [
    failed.length === 0
      ? `${name} runs.`
      : `${name} is up, but ${failed.join(", ")} ended with a failure: berth app logs ${name}`,
  ];
  return [...lines, ...addresses].join("\n");
}
