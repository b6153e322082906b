import path from "node:path";
import type { RepositoryUpdate } from "../../engine/contract/index.ts";
import type { Context } from "../context.ts";
import { exitCodes, usageFailure } from "../failure.ts";
import { count, escapeText, formatTable } from "../text.ts";

export interface AddOptions {
  name?: string;
  branch?: string;
  username?: string;
  tokenStdin?: boolean;
}

/** Lists the template repositories. */
export async function list(context: Context): Promise<number> {
  const repositories = await context.withEngine((client) => client.templates.repositories.list());
  await context.output.result(repositories, () =>
    repositories.length === 0
      ? "No template repository was added."
      : formatTable(
          ["NAME", "TEMPLATES", "COMMIT", "ADDRESS", "PROBLEM"],
          repositories.map((one) => [
            one.name,
            String(one.templates),
            one.commit.slice(0, 12),
            escapeText(one.url),
            escapeText(one.problem ?? ""),
          ]),
        ),
  );
  return exitCodes.done;
}

/** Adds a repository; a token comes on standard input, so that no argument list shows it. */
export async function add(context: Context, url: string, options: AddOptions): Promise<number> {
  const token = options.tokenStdin === true ? await readToken(context) : null;
  const added = await context.withEngine((client) =>
    client.templates.repositories.add({
      url: isLocalPath(url) ? path.resolve(url) : url,
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.branch === undefined ? {} : { branch: options.branch }),
      ...(token === null ? {} : { token: { username: options.username ?? "git", token } }),
    }),
  );
  await context.output.result(
    added,
    () =>
      `Added ${added.name} with ${count(added.templates, "template")}, at commit ${added.commit.slice(0, 12)}.`,
  );
  return exitCodes.done;
}

/** Shows what is new in one or all repositories and uses it, after a question; exits with 1 where one failed. */
export async function update(context: Context, name: string | undefined): Promise<number> {
  const updates = await context.withEngine(async (client) => {
    const names =
      name === undefined ? (await client.templates.repositories.list()).map((one) => one.name) : [name];
    const results: RepositoryUpdate[] = [];
    for (const one of names) {
      const preview = await client.templates.repositories.update({ name: one, apply: false });
      const isNew = preview.problem === null && preview.to !== preview.from;
      if (isNew) context.output.note(formatUpdate(preview));
      const apply = isNew && context.yes;
      results.push(apply ? await client.templates.repositories.update({ name: one, apply: true }) : preview);
    }
    return results;
  });
  await context.output.result(updates, () =>
    updates.length === 0 ? "No template repository was added." : updates.map(formatOutcome).join("\n"),
  );
  return updates.some((one) => one.problem !== null) ? exitCodes.failed : exitCodes.done;
}

export async function remove(context: Context, name: string): Promise<number> {
  await context.withEngine((client) => client.templates.repositories.remove({ name }));
  await context.output.result({ removed: name }, () => `Removed ${escapeText(name)}.`);
  return exitCodes.done;
}

/** Commits a template's folder to a branch of a repository and pushes it. */
export async function publish(
  context: Context,
  dir: string,
  options: { repo: string; branch?: string; message?: string },
): Promise<number> {
  const published = await context.withEngine((client) =>
    client.templates.publish({
      template: { dir: path.resolve(dir) },
      repository: isLocalPath(options.repo) ? path.resolve(options.repo) : options.repo,
      ...(options.branch === undefined ? {} : { branch: options.branch }),
      ...(options.message === undefined ? {} : { message: options.message }),
    }),
  );
  await context.output.result(
    published,
    () =>
      `Published ${published.id} to the branch ${escapeText(published.branch)} of ${escapeText(published.repository)}.`,
  );
  return exitCodes.done;
}

function isLocalPath(address: string): boolean {
  return /^\.{0,2}[/\\]|^\.{1,2}$/.test(address);
}

async function readToken(context: Context): Promise<string> {
  let text = "";
  for await (const chunk of context.surroundings.stdin) text += String(chunk);
  const token = text.trim();
  if (token !== "") return token;
  throw usageFailure(
    "There is no token on standard input.",
    "Pipe it in: berth template repo add URL --token-stdin < file",
  );
}

function formatUpdate(update: RepositoryUpdate): string {
  const warning = update.rewritten ? "\nIts past was written anew: look closely." : "";
  return `${update.name}: ${update.from.slice(0, 12)} → ${update.to.slice(0, 12)}${warning}\n${update.diff.split("\n").map(escapeText).join("\n")}`;
}

function formatOutcome(update: RepositoryUpdate): string {
  if (update.problem !== null) return `${update.name}: ${escapeText(update.problem)}`;
  if (update.to === update.from) return `${update.name}: nothing is new.`;
  return update.applied
    ? `${update.name}: now at commit ${update.to.slice(0, 12)}.`
    : `${update.name}: commit ${update.to.slice(0, 12)} is new; use it with: berth template repo update ${update.name} --yes`;
}
