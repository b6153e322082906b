import path from "node:path";
import { type Definition, readDefinition } from "./definition.ts";
import { ignoreRules } from "./build-context.ts";
import { formatEnvFile } from "./env-file.ts";
import { composeFailed, invalidComposeFile, problemOf } from "./failures.ts";
import { GuestFolder, type GuestTunnel } from "./guest-folder.ts";
import { type BuildContext, type HostFiles, hostFilesOf } from "./host-paths.ts";
import { Inventory, type InventoryEntry } from "./inventory.ts";
import { GuestLayout } from "./layout.ts";
import type { ProgressState } from "./progress.ts";
import { findProject } from "./project-folder.ts";
import type { NewRecord, ProjectRecord } from "./record.ts";
import { type ResolvedProject, resolvedSchema } from "./resolved.ts";
import { runCompose } from "./runner.ts";
import { BerthError } from "../vm.ts";

/** The service of a folder that has only a Dockerfile. */
export const DOCKERFILE_SERVICE = "app";

export interface Work {
  report: (state: ProgressState) => void;
  signal: AbortSignal;
}

/** A project whose files are in the guest and that Compose understands. */
export interface Prepared {
  project: ResolvedProject;
  layout: GuestLayout;
  guest: GuestFolder;
  /** Arguments of every Compose command on it. */
  args: string[];
  /** Where it is run, in the guest. */
  folder: string;
  contexts: Map<BuildContext, InventoryEntry[]>;
}

export type Draft = Omit<ProjectRecord, "version"> | Omit<NewRecord & ProjectRecord, "version">;

/** The main files of a project, absolute; none where Berth writes them itself. */
export async function mainFiles(draft: Pick<Draft, "kind" | "folder">): Promise<string[]> {
  return draft.kind === "dockerfile" ? [] : (await findProject(draft.folder)).files;
}

/** Reads a project's files on this computer; throws `invalid_compose_file` when they cannot even be parsed. */
async function readChecked(draft: Pick<Draft, "kind" | "folder">): Promise<Definition> {
  const definition = await readDefinition(draft.folder, await mainFiles(draft));
  if (definition.problems.length > 0) throw invalidComposeFile(definition.problems);
  return definition;
}

/**
 * Brings a project into the guest: its definition first, for Compose to resolve, then everything that it needs of
 * this computer. Throws before anything but copies was changed.
 */
export async function prepare(
  tunnel: GuestTunnel,
  draft: Draft,
  secrets: Readonly<Record<string, string>> | undefined,
  work: Work,
): Promise<Prepared> {
  const { signal } = work;
  work.report({ detail: "Reading the project", progress: null });
  const definition = await readChecked(draft);
  const layout = new GuestLayout(draft.name);
  const guest = new GuestFolder(tunnel, layout);
  await writeOwnFiles(guest, layout, draft, secrets, signal);
  const texts = new Inventory(signal);
  await addDefinition(texts, definition);
  await guest.copy(texts, { partial: true }, signal);

  const folder = layout.inGuest(draft.folder);
  await tunnel.exec(["mkdir", "-p", folder], { signal });
  const base = baseArguments(draft, definition, layout);
  const project = await resolve(tunnel, { folder, args: base }, definition, layout, signal);
  const files = hostFilesOf(project, draft.folder, layout);
  const contexts = await copyAll(guest, definition, files, work);
  const args = [...base];
  if (files.override !== null) {
    await guest.write([{ path: layout.override, text: JSON.stringify(files.override) }], signal);
    args.push("--file", layout.override);
  }
  return { project, layout, guest, args, folder, contexts };
}

/** What every Compose command on a project begins with. */
export function baseArguments(
  draft: Pick<Draft, "name" | "kind" | "folder">,
  definition: Definition,
  layout: GuestLayout,
): string[] {
  const dotEnv = path.join(draft.folder, ".env");
  const environments = [
    ...(definition.texts.has(dotEnv) ? [layout.inGuest(dotEnv)] : []),
    layout.variables,
    layout.secrets,
  ];
  const files =
    draft.kind === "dockerfile"
      ? [generatedFile(layout)]
      : definition.documents.map((document) => layout.inGuest(document.file));
  return [
    ...["--ansi", "never", "--progress", "plain", "--project-name", draft.name],
    ...["--project-directory", layout.inGuest(draft.folder)],
    ...environments.flatMap((file) => ["--env-file", file]),
    ...files.flatMap((file) => ["--file", file]),
  ];
}

/** Asks Compose for the project with everything resolved; throws `invalid_compose_file`. */
export async function resolve(
  tunnel: GuestTunnel,
  run: { folder: string; args: string[]; stdin?: string },
  definition: Definition,
  layout: GuestLayout,
  signal: AbortSignal,
): Promise<ResolvedProject> {
  const args = [...run.args, "config", "--format", "json"];
  const { exitCode, stdout, lines } = await runCompose(tunnel, { ...run, args, signal });
  if (exitCode === 0) return resolvedSchema.parse(JSON.parse(stdout));
  const said = lines.map((line) => layout.asOnHost(line)).filter((line) => !/level=warning/.test(line));
  const last = said.filter((line) => line.trim() !== "").at(-1);
  if (last === undefined) throw composeFailed("Reading the Compose file", said);
  throw invalidComposeFile([problemOf(last, definition.documents)]);
}

/** Writes what is not a copy: variables, secrets, and the Compose file of a folder without one. */
async function writeOwnFiles(
  guest: GuestFolder,
  layout: GuestLayout,
  draft: Draft,
  secrets: Readonly<Record<string, string>> | undefined,
  signal: AbortSignal,
): Promise<void> {
  const texts = [{ path: layout.variables, text: formatEnvFile(draft.variables) }];
  if (secrets !== undefined) texts.push({ path: layout.secrets, text: formatEnvFile(secrets) });
  else if ((await guest.read(layout.secrets)) === null) {
    if (draft.secrets.length > 0) throw secretsMissing(draft);
    texts.push({ path: layout.secrets, text: "" });
  }
  if (draft.kind === "dockerfile") {
    texts.push({
      path: generatedFile(layout),
      text: JSON.stringify(generatedCompose(draft, layout), null, 2),
    });
  }
  await guest.write(texts, signal);
}

function generatedFile(layout: GuestLayout): string {
  return `${layout.root}/compose.json`;
}

function generatedCompose(draft: Draft, layout: GuestLayout): object {
  const ports = draft.ports.map(({ hostPort, containerPort, protocol }) => ({
    target: containerPort,
    published: String(hostPort),
    protocol,
  }));
  return { services: { [DOCKERFILE_SERVICE]: { build: { context: layout.inGuest(draft.folder) }, ports } } };
}

async function addDefinition(inventory: Inventory, definition: Definition): Promise<void> {
  for (const file of definition.texts.keys()) await inventory.add(file, { purpose: "the Compose file" });
}

async function copyAll(
  guest: GuestFolder,
  definition: Definition,
  files: HostFiles,
  work: Work,
): Promise<Map<BuildContext, InventoryEntry[]>> {
  const { signal, report } = work;
  const inventory = new Inventory(signal);
  await addDefinition(inventory, definition);
  const contexts = new Map<BuildContext, InventoryEntry[]>();
  for (const context of files.contexts) {
    report({ detail: `Reading the files that ${context.service} is built from`, progress: null });
    const purpose = `the build of "${context.service}"`;
    const entries = await inventory.add(context.folder, {
      ...(await ignoreRules(context.folder, context.dockerfile)),
      purpose,
    });
    if (context.dockerfile !== null) await inventory.add(context.dockerfile, { purpose });
    for (const extra of files.extraContexts.filter(({ service }) => service === context.service)) {
      const rules = await ignoreRules(extra.folder, null);
      entries.push(...(await inventory.add(extra.folder, { ...rules, purpose })));
    }
    contexts.set(context, entries);
  }
  for (const mount of files.mounts) await inventory.add(mount, { purpose: `the mount of ${mount}` });
  // Locally, Compose hands such a file over with the rights it has; a container's user must be able to read it.
  for (const file of files.secrets)
    await inventory.add(file, { purpose: "a secret or config", extraMode: 0o444 });
  await guest.copy(
    inventory,
    {
      report: (copied, all) =>
        report({
          detail: "Copying files into the VM",
          progress: all === 0 ? null : Math.min(0.1, (0.1 * copied) / all),
        }),
    },
    signal,
  );
  return contexts;
}

function secretsMissing(draft: Draft): BerthError {
  return new BerthError({
    code: "secrets_missing",
    message: `The values of ${draft.secrets.join(", ")} are not in the VM any more.`,
    hint: `Run "${draft.name}" again with these values, or from its template.`,
  });
}
