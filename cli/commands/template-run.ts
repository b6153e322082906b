import path from "node:path";
import { waitForActivity } from "../activity-wait.ts";
import type { Context } from "../context.ts";
import { exitCodes, usageFailure } from "../failure.ts";
import { count, escapeText } from "../text.ts";

export interface RunOptions {
  set?: string[];
  name?: string;
  removeOnFailure?: boolean;
  timeout: string;
}

/** Runs a template and waits until it is healthy; prints where it answers. */
export function runTemplate(context: Context, id: string, options: RunOptions): Promise<number> {
  const values = parseValues(options.set ?? []);
  const timeoutSeconds = Number(options.timeout);
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 5) {
    throw usageFailure(
      "The time out is a whole number of seconds, at least 5.",
      "For example: --timeout 300",
    );
  }
  return context.withEngine(async (client) => {
    const { activity, name } = await client.templates.run({
      id,
      values,
      onFailure: options.removeOnFailure === true ? "remove" : "keep",
      timeoutSeconds,
      ...(options.name === undefined ? {} : { name: options.name }),
    });
    await waitForActivity(context, client, activity);
    const instance = await client.templates.instance({ name });
    await context.output.result(instance, () =>
      [
        `${escapeText(name)} runs.`,
        ...instance.open.map((link) => `${escapeText(link.title)}: ${escapeText(link.url)}`),
        ...(instance.notes === null ? [] : ["", ...instance.notes.split("\n").map(escapeText)]),
      ].join("\n"),
    );
    return exitCodes.done;
  });
}

export interface ExportOptions {
  out?: string;
  title?: string;
}

/** Makes a template of an app, or of containers; lists the secrets that were taken out. */
export function exportApp(context: Context, names: string[], options: ExportOptions): Promise<number> {
  return context.withEngine(async (client) => {
    const apps = await client.apps.list();
    const [name = ""] = names;
    const app =
      names.length === 1 ? apps.find((one) => one.name === name && one.kind === "project") : undefined;
    const exported = await client.templates.export({
      from: app === undefined ? { containers: names } : { app: name },
      out: options.out === undefined ? null : path.resolve(options.out),
      ...(options.title === undefined ? {} : { title: options.title }),
    });
    await context.output.result(exported, () =>
      [
        `${escapeText(exported.id)}: ${count(exported.services, "service")} in ${escapeText(exported.dir)}`,
        ...exported.secrets.map(
          ({ variable, service, field }) =>
            `    ${escapeText(service)}, ${escapeText(field)}: a secret became the variable ${variable}`,
        ),
        ...exported.warnings.map(
          ({ service, message }) => `    ${escapeText(service ?? "")}: ${escapeText(message)}`,
        ),
      ].join("\n"),
    );
    return exitCodes.done;
  });
}

function parseValues(pairs: string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw usageFailure(`"${escapeText(pair)}" is no value.`, "Write it as NAME=VALUE.");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
