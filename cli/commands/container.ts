import path from "node:path";
import type { BerthClient, PortBinding, Version, VersionTree } from "../../engine/contract/index.ts";
import { showingActivity } from "../activity-show.ts";
import { confirmed } from "../confirm.ts";
import type { Context } from "../context.ts";
import { CliFailure, exitCodes, usageFailure } from "../failure.ts";
import { count, escapeText, formatAge, formatBytes, formatTable } from "../text.ts";

/** Keeps a container's files and configuration as a version. */
export function snapshot(
  context: Context,
  name: string,
  options: { note: string; pause: boolean },
): Promise<number> {
  return context.withEngine(async (client) => {
    const version = await showingActivity(context, client, ["container.snapshot"], () =>
      client.versions.snapshot({ id: name, ...options }),
    );
    await context.output.result(
      version,
      () =>
        `Version ${version.number} of ${name} is kept (${formatBytes(version.sizeBytes)}). Go back to it with: berth container revert ${name} ${version.number}`,
    );
    return exitCodes.done;
  });
}

/** Lists a container's versions as a tree. */
export async function versions(context: Context, name: string): Promise<number> {
  const tree = await context.withEngine((client) => client.versions.tree({ id: name }));
  await context.output.result(tree, () => formatTree(tree, Date.now()));
  return exitCodes.done;
}

/** Lists what differs between a version and the one before, or between the container and what it runs from. */
export function changes(context: Context, name: string, number: number | undefined): Promise<number> {
  return context.withEngine(async (client) => {
    const version = number === undefined ? {} : { version: (await versionOf(client, name, number)).id };
    const found = await client.versions.changes({ id: name, ...version });
    const sign = { added: "+", modified: "~", deleted: "-" };
    const total = found.added + found.modified + found.deleted;
    await context.output.result(found, () =>
      [
        ...found.files.map(({ kind, path: file }) => `${sign[kind]} ${escapeText(file)}`),
        ...(total > found.files.length ? [`… and ${total - found.files.length} more`] : []),
        ...(total === 0 ? ["Nothing differs."] : []),
      ].join("\n"),
    );
    return exitCodes.done;
  });
}

/** Recreates a container from a version; what it is now is kept as a version before, unless `discard`. */
export function revert(context: Context, name: string, number: number, discard: boolean): Promise<number> {
  return context.withEngine(async (client) => {
    const version = await versionOf(client, name, number);
    const loss = `The files of ${name} as they are now will be lost; its volumes stay.`;
    if (discard && !(await confirmed(context, loss, "Go back?"))) {
      context.output.note("Nothing was changed.");
      return exitCodes.failed;
    }
    const kinds = ["container.snapshot", "container.recreate"];
    const made = await showingActivity(context, client, kinds, () =>
      client.versions.revert({ id: name, version: version.id, keepPresent: !discard }),
    );
    for (const warning of made.warnings) context.output.note(escapeText(warning));
    await context.output.result(made, () => `${name} is back at version ${number}.`);
    return exitCodes.done;
  });
}

export interface ForkOptions {
  version?: number;
  volumes: "copy" | "share" | "empty";
  start: boolean;
}

/** Makes a second container beside one, and tells its ports. */
export function fork(context: Context, name: string, newName: string, options: ForkOptions): Promise<number> {
  return context.withEngine(async (client) => {
    const version =
      options.version === undefined ? {} : { version: (await versionOf(client, name, options.version)).id };
    const { volumes, start } = options;
    const made = await showingActivity(context, client, ["container.fork"], () =>
      client.versions.fork({ id: name, name: newName, volumes, start, ...version }),
    );
    for (const warning of made.warnings) context.output.note(escapeText(warning));
    await context.output.result(made, () =>
      [
        `${newName} ${start ? "runs beside" : "is made beside"} ${name}.`,
        ...made.ports.map(({ asked, given }) => `  ${portLine(given, asked)}`),
        ...made.volumes.map(({ from, to }) => `  volume ${escapeText(to)} is a copy of ${escapeText(from)}`),
      ].join("\n"),
    );
    return exitCodes.done;
  });
}

/** Gives a version a name as an image. */
export function promote(context: Context, name: string, number: number, tag: string): Promise<number> {
  return context.withEngine(async (client) => {
    const version = await versionOf(client, name, number);
    await client.versions.promote({ id: name, version: version.id, tag });
    await context.output.result(
      { image: tag, version: version.id },
      () => `Version ${number} of ${name} is the image ${tag}.`,
    );
    return exitCodes.done;
  });
}

/** Removes a version, after a question. */
export function removeVersion(context: Context, name: string, number: number): Promise<number> {
  return context.withEngine(async (client) => {
    const version = await versionOf(client, name, number);
    const loss = `Version ${number} of ${name} will be removed for good.`;
    if (!(await confirmed(context, loss, "Remove?"))) {
      context.output.note("Nothing was removed.");
      return exitCodes.failed;
    }
    await client.versions.remove({ id: name, version: version.id });
    await context.output.result({ removed: version.id }, () => `Version ${number} of ${name} is removed.`);
    return exitCodes.done;
  });
}

export interface ExportOptions {
  files: boolean;
  force: boolean;
  pause: boolean;
}

/** Writes a container, or only its file system, to a file. */
export function exportContainer(
  context: Context,
  name: string,
  file: string,
  { files, force, pause }: ExportOptions,
): Promise<number> {
  return context.withEngine(async (client) => {
    const target = { id: name, path: path.resolve(file), overwrite: force };
    const written = await showingActivity(context, client, ["container.export"], () =>
      files ? client.transfer.exportFiles(target) : client.transfer.exportContainer({ ...target, pause }),
    );
    const what = files ? `The files of ${name} are` : `${name} is`;
    await context.output.result(
      written,
      () => `${what} in ${written.path} (${formatBytes(written.sizeBytes)}).`,
    );
    return exitCodes.done;
  });
}

/** Makes a container out of an exported one. */
export function importContainer(
  context: Context,
  file: string,
  options: { name?: string; start: boolean },
): Promise<number> {
  return context.withEngine(async (client) => {
    const wanted = { path: path.resolve(file), ...options };
    const made = await showingActivity(context, client, ["container.import"], () =>
      client.transfer.importContainer(wanted),
    );
    for (const note of made.notes) context.output.note(escapeText(note));
    await context.output.result(made, () =>
      [
        `${made.name} ${options.start ? "runs" : "is made"}.`,
        ...made.ports.map((port) => `  ${portLine(port, null)}`),
      ].join("\n"),
    );
    return exitCodes.done;
  });
}

async function versionOf(client: BerthClient, name: string, number: number): Promise<Version> {
  const { versions: all } = await client.versions.tree({ id: name });
  const found = all.find((version) => version.number === number);
  if (found !== undefined) return found;
  const numbers = all.map((version) => String(version.number)).join(", ");
  throw new CliFailure(
    {
      code: "not_found",
      message: `${escapeText(name)} has no version ${number}.`,
      hint:
        numbers === ""
          ? `Keep one with: berth container snapshot ${escapeText(name)}`
          : `It has: ${numbers}.`,
    },
    exitCodes.failed,
  );
}

/** A version's number as it is typed. */
export function parseVersionNumber(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw usageFailure(
    `"${escapeText(text)}" is no version.`,
    "Give its number, as berth container versions shows it.",
  );
}

function portLine({ hostIp, hostPort, containerPort, protocol }: PortBinding, asked: number | null): string {
  const instead = asked === null || asked === hostPort ? "" : `, because ${asked} is taken`;
  return `port ${containerPort}/${protocol} is at ${hostIp === "" ? "localhost" : hostIp}:${hostPort ?? "?"}${instead}`;
}

function formatTree({ container, versions: all, changes: now }: VersionTree, nowMs: number): string {
  const head = `${escapeText(container.name)}${container.temporary ? " (temporary: it removes itself when it stops)" : ""}`;
  const total = now.added + now.modified + now.deleted;
  const since = total === 0 ? "No files changed since." : `${count(total, "file")} changed since.`;
  if (all.length === 0) return `${head} has no versions. ${since}`;
  const rows = inTree(all).map(({ version, depth }) => [
    `${"  ".repeat(depth)}${version.number}${version.current ? " *" : ""}`,
    formatAge(nowMs - Date.parse(version.createdAt)),
    formatBytes(version.sizeBytes),
    `+${version.changes.added} ~${version.changes.modified} -${version.changes.deleted}`,
    escapeText(
      [version.note, ...version.tags.map((tag) => `[${tag}]`)].filter((text) => text !== "").join(" "),
    ),
  ]);
  return `${head}: ${since}\n${formatTable(["VERSION", "AGE", "SIZE", "FILES", "NOTE"], rows)}`;
}

/** Each version below the one it came from. */
function inTree(all: Version[]): { version: Version; depth: number }[] {
  const below = (parent: string | null, depth: number): { version: Version; depth: number }[] =>
    all
      .filter((version) => version.parent === parent)
      .flatMap((version) => [{ version, depth }, ...below(version.id, depth + 1)]);
  return below(null, 0);
}
