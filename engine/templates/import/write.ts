import { randomUUID } from "node:crypto";
import { lstat, mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { ImportedTemplate } from "../../contract/index.ts";
import { staysInside } from "../project/short-syntax.ts";
import { BerthError, systemCode } from "../../vm.ts";
import { composeText, type TemplateDraft } from "./draft.ts";
import { envFileText } from "./env-file.ts";

/** Suffixes that are tried for an id that is taken. */
const MAX_SUFFIX = 10_000;

/**
 * Writes a draft as `parent/<id>`, whole or not at all; a taken id gets a suffix. Original values go into
 * `parent/<id>.env`, beside the template and not into it, for its owner alone, where `values` says so.
 */
export async function writeTemplate(
  parent: string,
  draft: TemplateDraft,
  options: { values: boolean },
): Promise<ImportedTemplate> {
  const staging = path.join(parent, `.berth-import-${randomUUID()}`);
  try {
    await mkdir(staging, { recursive: true });
    for (const [relative, content] of draft.files) await writeInside(staging, relative, content);
    const keep = options.values && draft.values.size > 0;
    for (let count = 1; count < MAX_SUFFIX; count += 1) {
      const id = count === 1 ? draft.metadata.id : `${draft.metadata.id}-${count}`;
      const dir = path.join(parent, id);
      const valuesFile = path.join(parent, `${id}.env`);
      if ((await exists(dir)) || (keep && (await exists(valuesFile)))) continue;
      const text = composeText({ ...draft, metadata: { ...draft.metadata, id } });
      await writeFile(path.join(staging, "compose.yaml"), text);
      if (keep && !(await writeNew(valuesFile, envFileText(draft.values)))) continue;
      if (await renamed(staging, dir)) {
        return {
          id,
          dir,
          services: draft.services,
          warnings: draft.warnings,
          valuesFile: keep ? valuesFile : null,
        };
      }
      // Somebody else took the name meanwhile.
      if (keep) await rm(valuesFile, { force: true });
    }
    throw new BerthError({
      code: "id_taken",
      message: `Every id like ${draft.metadata.id} is taken.`,
      hint: "Use another folder.",
    });
  } catch (cause) {
    if (cause instanceof BerthError) throw cause;
    throw notWritten(parent, cause);
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function writeInside(folder: string, relative: string, content: string | Uint8Array): Promise<void> {
  if (!staysInside(relative)) throw new Error(`A file outside of the template: ${relative}`);
  const file = path.join(folder, relative);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content, { flag: "wx" });
}

async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Moves a folder to a name that is free; false where it is taken after all. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR" || code === "EPERM") return false;
    throw error;
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}

function notWritten(parent: string, cause: unknown): BerthError {
  const code = systemCode(cause);
  const full = code === "ENOSPC";
  return new BerthError({
    code: full ? "disk_full" : "folder_not_writable",
    message: full
      ? `The disk that holds ${parent} is full; nothing was imported.`
      : `Nothing can be written to ${parent}.`,
    hint: full
      ? "Free some space and try again."
      : "Check that it is a folder and yours, or name another one.",
    cause,
  });
}
