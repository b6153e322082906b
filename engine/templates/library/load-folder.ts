import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import type { TemplateOrigin } from "../../contract/index.ts";
import { TemplateProblem } from "../format/problems.ts";
import { readTemplateText } from "../format/read-file.ts";
import { checkTemplate, type CheckedTemplate } from "../format/validate.ts";
import { siblingText } from "../import/compose/companions.ts";
import { BerthError, systemCode } from "../../vm.ts";

/** Names of a template's Compose file, in the order in which Compose looks for them. */
const composeNames = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"] as const;
/** Files of a folder that are listed. */
const MAX_LISTED = 1000;

export interface LoadedTemplate extends CheckedTemplate {
  dir: string;
  origin: TemplateOrigin;
  /** Name of the Compose file. */
  main: string;
  text: string;
  iconFile: string | null;
}

export interface BrokenFolder {
  dir: string;
  origin: TemplateOrigin;
  message: string;
}

/** The Compose file of a folder; null where it has none. Links do not count. */
export async function findComposeFile(dir: string): Promise<string | null> {
  for (const name of composeNames) {
    const found = await lstat(path.join(dir, name)).catch(() => null);
    if (found?.isFile() === true) return name;
  }
  return null;
}

/** Reads a template's folder; throws a BerthError where it holds no usable template. */
export async function loadFolder(dir: string, origin: TemplateOrigin): Promise<LoadedTemplate> {
  const main = await findComposeFile(dir);
  if (main === null) {
    throw new BerthError({
      code: "no_compose_file",
      message: `The folder ${dir} holds no compose.yaml.`,
      hint: "Put the template's Compose file there.",
    });
  }
  const text = await readTemplateText(path.join(dir, main), { name: main });
  const read = (relative: string) => siblingText(dir, relative);
  const checked = await checkTemplate(text, main, { read, folder: dir });
  const icons = await Promise.all(["icon.svg", "icon.png", "icon.jpg"].map((name) => regularFile(dir, name)));
  return { ...checked, dir, origin, main, text, iconFile: icons.find((name) => name !== null) ?? null };
}

/** Why a folder could not be read, in one sentence. */
export function explainBroken(error: unknown): string {
  if (error instanceof TemplateProblem || error instanceof BerthError) return error.message;
  return systemCode(error) === "EACCES" ? "The folder is not readable." : "The folder could not be read.";
}

/** All files of a template's folder, relative to it, links left out. */
export async function listFiles(dir: string, below = ""): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(path.join(dir, below), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const relative = path.posix.join(below, entry.name);
    if (entry.name === ".git" || files.length >= MAX_LISTED) continue;
    if (entry.isDirectory()) files.push(...(await listFiles(dir, relative)));
    else if (entry.isFile()) files.push(relative);
  }
  return files.slice(0, MAX_LISTED).sort();
}

async function regularFile(dir: string, name: string): Promise<string | null> {
  const found = await lstat(path.join(dir, name)).catch(() => null);
  return found?.isFile() === true ? name : null;
}
