import { createHash } from "node:crypto";
import { randomUUID } from "node:crypto";
import { realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { ComposeProblem, ProjectFile } from "../contract/index.ts";
import { DetailedError } from "../errors.ts";
import { BerthError } from "../vm.ts";
import { type Definition, readDefinition } from "./definition.ts";
import { composeFailed, problemOf } from "./failures.ts";
import { GuestFolder, type GuestTunnel } from "./guest-folder.ts";
import { hostFilesOf } from "./host-paths.ts";
import { Inventory } from "./inventory.ts";
import { GuestLayout } from "./layout.ts";
import { baseArguments, mainFiles, resolve } from "./preparation.ts";
import { findProject, readProjectText } from "./project-folder.ts";
import type { ProjectRecord } from "./record.ts";
import { formatEnvFile } from "./env-file.ts";

/** The files of a project that an editor shows, the main one first. Names are relative to its folder. */
export async function editableFiles(record: Pick<ProjectRecord, "kind" | "folder">): Promise<ProjectFile[]> {
  const { files } = await findProject(record.folder);
  const candidates = [...files, path.join(record.folder, ".env")];
  const found: ProjectFile[] = [];
  for (const file of candidates) {
    const text = await readProjectText(file);
    if (text !== null)
      found.push({ name: path.relative(record.folder, file), text, revision: revisionOf(text) });
  }
  return found;
}

/** Replaces one of the editable files, keeping its rights; throws `file_changed` when it is not as it was. */
export async function saveFile(
  record: Pick<ProjectRecord, "kind" | "folder">,
  change: { file: string; text: string; revision: string },
): Promise<ProjectFile> {
  const current = (await editableFiles(record)).find(({ name }) => name === change.file);
  if (current === undefined) {
    throw new BerthError({
      code: "not_found",
      message: `${change.file} is no file of this app any more.`,
      hint: "Open the editor anew.",
    });
  }
  if (current.revision !== change.revision) {
    throw new DetailedError(
      {
        code: "file_changed",
        message: `${change.file} was changed by another program since you opened it.`,
        hint: "Look at what is there now, then apply your change to it.",
      },
      { text: current.text, revision: current.revision },
    );
  }
  await replace(path.join(record.folder, change.file), change.text);
  return { name: change.file, text: change.text, revision: revisionOf(change.text) };
}

/**
 * What is wrong with a project when one of its files has other text. Without a tunnel only what can be told on
 * this computer.
 */
export async function validateFile(
  tunnel: GuestTunnel | null,
  record: ProjectRecord,
  change: { file: string; text: string },
  signal: AbortSignal,
): Promise<{ complete: boolean; problems: ComposeProblem[] }> {
  const files = await mainFiles(record);
  const edited = path.join(record.folder, change.file);
  if (!files.includes(edited)) return { complete: true, problems: [] };
  const definition = await readDefinition(record.folder, files, new Map([[edited, change.text]]));
  const named = (problem: ComposeProblem) => ({
    ...problem,
    file: path.relative(record.folder, problem.file),
  });
  if (definition.problems.length > 0) return { complete: true, problems: definition.problems.map(named) };
  if (tunnel === null) return { complete: false, problems: [] };
  const problems = await askCompose(tunnel, record, definition, edited, change.text, signal);
  return { complete: true, problems: problems.map(named) };
}

async function askCompose(
  tunnel: GuestTunnel,
  record: ProjectRecord,
  definition: Definition,
  edited: string,
  text: string,
  signal: AbortSignal,
): Promise<ComposeProblem[]> {
  const layout = new GuestLayout(record.name);
  const guest = new GuestFolder(tunnel, layout);
  const copies = new Inventory(signal);
  for (const file of definition.texts.keys()) {
    if (file !== edited) await copies.add(file, { purpose: "the Compose file" });
  }
  await guest.copy(copies, { partial: true }, signal);
  const own = [{ path: layout.variables, text: formatEnvFile(record.variables) }];
  if ((await guest.read(layout.secrets)) === null) own.push({ path: layout.secrets, text: "" });
  await guest.write(own, signal);
  const folder = layout.inGuest(record.folder);
  await tunnel.exec(["mkdir", "-p", folder], { signal });
  const place = layout.inGuest(edited);
  const args = baseArguments(record, definition, layout).map((argument) =>
    argument === place ? "-" : argument,
  );
  try {
    const project = await resolve(tunnel, { folder, args, stdin: text }, definition, layout, signal);
    hostFilesOf(project, record.folder, layout);
    return [];
  } catch (error) {
    return problemsOf(error, definition);
  }
}

function problemsOf(error: unknown, definition: Definition): ComposeProblem[] {
  if (error instanceof DetailedError && Array.isArray(error.details["problems"])) {
    return error.details["problems"] as ComposeProblem[];
  }
  if (error instanceof BerthError && error.code === "host_folder_not_shared") {
    return [{ ...problemOf(error.message, definition.documents), message: `${error.message} ${error.hint}` }];
  }
  if (error instanceof BerthError) throw error;
  throw composeFailed("Checking the Compose file", [String(error)]);
}

async function replace(file: string, text: string): Promise<void> {
  const target = await realpath(file);
  const temporary = `${target}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    const { mode } = await stat(target);
    await writeFile(temporary, text, { mode, flush: true });
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new BerthError({
      code: "file_not_saved",
      message: `${file} could not be written; nothing was changed.`,
      hint: "Check that the file is yours and that the disk has space, then try again.",
      cause,
    });
  }
}

function revisionOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
