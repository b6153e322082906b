import dockerignore from "@balena/dockerignore";
import path from "node:path";
import { readProjectText } from "./project-folder.ts";

/** What a build leaves out of its context. Paths are relative to it, with `/` between their parts. */
export interface IgnoreRules {
  ignores(relative: string): boolean;
  /** Whether a folder need not even be looked into. */
  prunes(relative: string): boolean;
}

/**
 * The rules for a build: `NAME.dockerignore` beside the Dockerfile, else `.dockerignore` of the context. The
 * Dockerfile and the rules themselves are always part of the context, as with Docker.
 */
export async function ignoreRules(context: string, dockerfile: string | null): Promise<IgnoreRules> {
  const own = dockerfile === null ? null : await readProjectText(`${dockerfile}.dockerignore`);
  const text = own ?? (await readProjectText(path.join(context, ".dockerignore"))) ?? "";
  const rules = dockerignore().add(text);
  const always = new Set([".dockerignore"]);
  if (dockerfile !== null) {
    const relative = path.relative(context, dockerfile).replaceAll("\\", "/");
    always.add(relative).add(`${relative}.dockerignore`);
  }
  const takesBack = /^\s*!/m.test(text);
  const ignores = (relative: string) => !always.has(relative) && rules.ignores(relative);
  const holdsNeeded = (folder: string) => [...always].some((file) => file.startsWith(`${folder}/`));
  return { ignores, prunes: (folder) => !takesBack && !holdsNeeded(folder) && ignores(folder) };
}
