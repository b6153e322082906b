import path from "node:path";
import type { ImportedTemplate } from "../../contract/index.ts";
import { TemplateProblem, fileProblem } from "../format/problems.ts";
import { MAX_COLLECTION_BYTES, MAX_TEMPLATE_BYTES, readTemplateText } from "../format/read-file.ts";
import { isData } from "../project/data.ts";
import { importCompose } from "./compose/compose.ts";
import { isLegacyCompose } from "./compose/legacy.ts";
import { importDockerRun } from "./docker-run/docker-run.ts";
import type { TemplateDraft } from "./draft.ts";
import { importPanamax } from "./panamax/panamax.ts";
import type { StackFetcher } from "./portainer/fetch-stack.ts";
import { importPortainer } from "./portainer/portainer.ts";
import { portainerEntries } from "./portainer/read-portainer.ts";
import { parseTolerantYaml } from "./tolerant-yaml.ts";
import { onlyDocument, plainData } from "../format/yaml-file.ts";
import { writeTemplate } from "./write.ts";

export interface ImportSource {
  text: string;
  /** The file as people know it; its ending helps to tell what it is. */
  name: string;
  folder: string | null;
}

/** Reads a file that is to be imported. */
export async function readImportSource(file: string): Promise<ImportSource> {
  const maxBytes = /\.json$/i.test(file) ? MAX_COLLECTION_BYTES : MAX_TEMPLATE_BYTES;
  return {
    text: await readTemplateText(file, { maxBytes, latin1: true }),
    name: file,
    folder: path.dirname(file),
  };
}

/** Drafts of all templates in a file: one, except for Portainer's collections. */
async function draftsOf(
  source: ImportSource,
  fetcher: StackFetcher,
): Promise<{ drafts: TemplateDraft[]; collection: boolean }> {
  const one = (draft: TemplateDraft) => ({ drafts: [draft], collection: false });
  const { text, name } = source;
  if (text.trim() === "") {
    throw fileProblem(name, {
      code: "empty_file",
      message: "The file is empty.",
      fix: "Choose another file.",
    });
  }
  if (/\.pmx$/i.test(name)) return one(importPanamax(text, name));
  const json = /^\s*[[{]/.test(text) ? parseJson(text, name) : null;
  if (json !== null && portainerEntries(json.data) !== null) {
    return { drafts: await importPortainer(json.data, name, fetcher), collection: true };
  }
  if (looksLikeCommands(text)) return one(importDockerRun(text, name));
  if (json === null && looksLikePanamax(text, name)) return one(importPanamax(text, name));
  return one(await importCompose(source));
}

/** Imports all templates of a source into a folder; of several, all or none. */
export async function importTemplates(
  source: ImportSource,
  parent: string,
  options: { fetcher: StackFetcher; values: boolean; remove: (written: ImportedTemplate) => Promise<void> },
): Promise<{ templates: ImportedTemplate[]; drafts: TemplateDraft[]; collection: boolean }> {
  const { drafts, collection } = await draftsOf(source, options.fetcher);
  const templates: ImportedTemplate[] = [];
  try {
    for (const draft of drafts) templates.push(await writeTemplate(parent, draft, options));
  } catch (error) {
    for (const written of templates) await options.remove(written);
    throw error;
  }
  return { templates, drafts, collection };
}

/** The file as JSON; null where it is none. A file that is meant to be JSON and broken is a problem. */
function parseJson(text: string, name: string): { data: unknown } | null {
  try {
    const data: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return { data };
  } catch (cause) {
    if (!/\.json$/i.test(name)) return null;
    const offset = Number(
      /position (\d+)/.exec(cause instanceof Error ? cause.message : "")?.[1] ?? Number.NaN,
    );
    const before = text.slice(0, Number.isNaN(offset) ? 0 : offset);
    throw fileProblem(
      name,
      {
        code: "json_syntax",
        message: "The file is not JSON that can be read.",
        fix: "Check brackets, commas and quotes here.",
        line: before.split("\n").length,
        column: before.length - before.lastIndexOf("\n"),
      },
      cause,
    );
  }
}

function looksLikeCommands(text: string): boolean {
  // A YAML file may tell in a comment how it is run.
  if (/^(?:services|images|version|include)[ \t]*:/m.test(text)) return false;
  return text
    .split("\n")
    .slice(0, 200)
    .some((line) =>
      /^\s*(?:[$#>%]\s+)?(?:sudo\s+)?(?:docker|podman|nerdctl)\s+(?:container\s+)?(?:run|create)\b/.test(
        line,
      ),
    );
}

/** Whether a file without Panamax's ending is one of its templates: it lists images with sources. */
function looksLikePanamax(text: string, name: string): boolean {
  if (!/^images[ \t]*:/m.test(text) || /^services[ \t]*:/m.test(text)) return false;
  try {
    const document = onlyDocument(parseTolerantYaml(text, name).file);
    const data = document === null ? null : plainData(document);
    return isData(data) && Array.isArray(data["images"]) && !isLegacyCompose(data);
  } catch (error) {
    if (error instanceof TemplateProblem) return false;
    throw error;
  }
}
