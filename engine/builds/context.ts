import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import path from "node:path";
import ignore from "@balena/dockerignore";
import { fileProblem } from "../host/index.ts";
import { BerthError, systemCode } from "../vm.ts";

export interface ContextEntry {
  /** With `/` between its parts, relative to the context. */
  name: string;
  kind: "file" | "folder" | "link";
  size: number;
  mode: number;
  modified: Date;
  /** Where a link leads. */
  target: string;
}

export interface BuildContext {
  folder: string;
  entries: ContextEntry[];
  bytes: number;
  warnings: string[];
}

const GIBIBYTE = 2 ** 30;
const NAMED = 3;

/**
 * What goes to a build from a folder: everything that .dockerignore does not leave out, as Docker does. The Dockerfile
 * itself is always there. Throws when there is none, or when it is so much that it must be a mistake.
 */
export async function readContext(
  folder: string,
  dockerfile: string,
  options: { large: boolean; signal: AbortSignal },
): Promise<BuildContext> {
  await requireDockerfile(folder, dockerfile);
  const { patterns, file } = await ignorePatterns(folder, dockerfile);
  const rules = ignore().add(patterns);
  const always = new Set([dockerfile, file].filter((name) => name !== null));
  const entries: ContextEntry[] = [];
  const warnings: string[] = [];
  const walk = async (below: string): Promise<void> => {
    options.signal.throwIfAborted();
    for (const one of await list(path.join(folder, below))) {
      const name = below === "" ? one : `${below}/${one}`;
      const wanted = always.has(name) || !rules.ignores(name);
      const status = await lstat(path.join(folder, name)).catch(() => null);
      if (status === null) continue;
      if (status.isDirectory()) {
        if (wanted) entries.push(entryOf(name, "folder", status, ""));
        // Inside of a folder that is left out, exceptions (`!`) and the Dockerfile can still be wanted.
        if (wanted || patterns.some((line) => line.startsWith("!")) || leadsTo(name, always))
          await walk(name);
      } else if (!wanted) continue;
      else if (status.isFile()) entries.push(entryOf(name, "file", status, ""));
      else if (status.isSymbolicLink()) {
        entries.push(entryOf(name, "link", status, await readlink(path.join(folder, name))));
      } else {
        warnings.push(`${name} was left out: it is a ${status.isSocket() ? "socket" : "pipe or device"}.`);
      }
    }
  };
  await walk("");
  const bytes = entries.reduce((sum, entry) => sum + (entry.kind === "file" ? entry.size : 0), 0);
  if (bytes > GIBIBYTE && !options.large) throw tooLarge(entries, bytes);
  return { folder, entries, bytes, warnings };
}

async function requireDockerfile(folder: string, dockerfile: string): Promise<void> {
  const inside = path.relative(folder, path.resolve(folder, dockerfile));
  if (inside.startsWith("..") || path.isAbsolute(inside)) {
    throw new BerthError({
      code: "dockerfile_outside",
      message: `${dockerfile} is not inside of ${folder}.`,
      hint: "Choose a folder that holds the Dockerfile.",
    });
  }
  const status = await lstat(path.join(folder, dockerfile)).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return null;
    throw fileProblem(dockerfile, error);
  });
  if (status !== null && !status.isDirectory()) return;
  const there = await lstat(folder).catch(() => null);
  throw new BerthError({
    code: "dockerfile_missing",
    message: there === null ? `${folder} does not exist.` : `There is no ${dockerfile} in ${folder}.`,
    hint: "Choose the folder that holds the Dockerfile, or name the file.",
  });
}

/** `<Dockerfile>.dockerignore` beside it counts before the folder's own. */
async function ignorePatterns(
  folder: string,
  dockerfile: string,
): Promise<{ patterns: string[]; file: string | null }> {
  for (const file of [`${dockerfile}.dockerignore`, ".dockerignore"]) {
    try {
      const text = await readFile(path.join(folder, file), "utf8");
      const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
      const patterns = lines
        .map((line) => line.trim())
        .filter((line) => line !== "" && !line.startsWith("#"));
      return { patterns, file };
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw fileProblem(file, error);
    }
  }
  return { patterns: [], file: null };
}

async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw fileProblem(folder, error);
  }
}

function leadsTo(folder: string, files: ReadonlySet<string>): boolean {
  return [...files].some((file) => file.startsWith(`${folder}/`));
}

function entryOf(
  name: string,
  kind: ContextEntry["kind"],
  status: { size: number; mode: number; mtime: Date },
  target: string,
): ContextEntry {
  // Windows knows no permission to execute; Docker's client gives it to every file there.
  const mode = process.platform === "win32" ? 0o755 : status.mode & 0o7777;
  return { name, kind, size: kind === "file" ? status.size : 0, mode, modified: status.mtime, target };
}

function tooLarge(entries: readonly ContextEntry[], bytes: number): BerthError {
  const tops = new Map<string, number>();
  for (const { name, size } of entries) {
    const top = name.split("/", 1)[0] ?? name;
    tops.set(top, (tops.get(top) ?? 0) + size);
  }
  const largest = [...tops]
    .sort(([, a], [, b]) => b - a)
    .slice(0, NAMED)
    .map(([name, size]) => `${name} (${gibibytes(size)} GiB)`);
  return new BerthError({
    code: "context_too_large",
    message: `The folder holds ${gibibytes(bytes)} GiB for the build, most of it in ${largest.join(", ")}.`,
    hint: "Leave out what the build does not need in .dockerignore, or send it all the same.",
  });
}

function gibibytes(bytes: number): string {
  return (bytes / GIBIBYTE).toFixed(1);
}
