import { readFile, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { BerthError, describeError, systemCode } from "../vm.ts";

/** Compose's own order of preference; the first that is there is the project's file. */
const composeFiles = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const overrideFiles = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];
const dockerfiles = ["Dockerfile", "dockerfile"];
const MAX_COMPOSE_BYTES = 4 * 2 ** 20;

/** A folder of this computer that can be run. Paths of files are absolute. */
export interface ProjectFolder {
  folder: string;
  kind: "folder" | "dockerfile";
  files: string[];
}

/** Looks for a Compose file, else a Dockerfile. Throws `folder_not_found` or `nothing_to_run`. */
export async function findProject(given: string): Promise<ProjectFolder> {
  const folder = await existingFolder(given);
  const compose = await firstOf(folder, composeFiles);
  if (compose !== null) {
    const override = await firstOf(folder, overrideFiles);
    return { folder, kind: "folder", files: override === null ? [compose] : [compose, override] };
  }
  const dockerfile = await firstOf(folder, dockerfiles);
  if (dockerfile !== null) return { folder, kind: "dockerfile", files: [dockerfile] };
  throw new BerthError({
    code: "nothing_to_run",
    message: `${folder} holds neither a Compose file nor a Dockerfile.`,
    hint: `Add a ${composeFiles[0] ?? ""} or a Dockerfile, or choose another folder.`,
  });
}

async function existingFolder(given: string): Promise<string> {
  if (!path.isAbsolute(given)) {
    throw new BerthError({
      code: "folder_not_found",
      message: `"${given}" is not a whole path.`,
      hint: "Give the folder with its whole path.",
    });
  }
  let code = "ENOTDIR";
  try {
    const folder = await realpath(given);
    if ((await stat(folder)).isDirectory()) return folder;
  } catch (error) {
    code = systemCode(error) ?? describeError(error);
  }
  const why = code === "EACCES" ? "may not be read" : code === "ENOTDIR" ? "is not a folder" : "is not there";
  throw new BerthError({
    code: "folder_not_found",
    message: `${given} ${why}.`,
    hint: "Check the path and who may read it.",
  });
}

async function firstOf(folder: string, names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    const file = path.join(folder, name);
    const found = await stat(file).catch(() => null);
    if (found?.isFile()) return file;
  }
  return null;
}

/** A file of a project as text; null where there is none. Throws for one that cannot be read. */
export async function readProjectText(file: string): Promise<string | null> {
  try {
    const { size } = await stat(file);
    if (size > MAX_COMPOSE_BYTES) {
      throw new BerthError({
        code: "file_too_large",
        message: `${file} is too large for a file of settings (${Math.round(size / 2 ** 20)} MiB).`,
        hint: "Check that it is the file you mean.",
      });
    }
    return await readFile(file, "utf8");
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    if (error instanceof BerthError) throw error;
    throw new BerthError({
      code: "file_not_readable",
      message: `${file} cannot be read.`,
      hint: "Check who may read it, then try again.",
      cause: error,
    });
  }
}
