import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import type { TemplateCheck } from "../../contract/index.ts";
import { BerthError, writeFileAtomically } from "../../vm.ts";
import { TemplateProblem } from "../format/problems.ts";
import { checkTemplate } from "../format/validate.ts";
import { siblingText } from "../import/compose/companions.ts";
import { describeServices } from "../project/services.ts";
import { risksOf } from "../risks/risks.ts";
import type { LoadedTemplate } from "./load-folder.ts";

/** What an editor shows beside a text. */
export async function checkText(text: string): Promise<TemplateCheck> {
  const file = "compose.yaml";
  try {
    const { metadata, project, findings } = await checkTemplate(text, file);
    const { networks, volumes } = project;
    return {
      validation: { valid: true, file, id: metadata.id, findings },
      result: {
        metadata,
        services: describeServices(project),
        networks: Object.keys(networks),
        volumes: Object.keys(volumes),
        risks: risksOf(project),
      },
    };
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error;
    return { validation: { valid: false, file, id: null, findings: error.findings }, result: null };
  }
}

export interface SavedText {
  compose: string;
  /** Null takes it away; left out, it stays. */
  readme?: string | null | undefined;
}

/** Writes a template that is there already; its id, and so its folder, stays. */
export async function saveOver(
  template: LoadedTemplate,
  text: SavedText,
): Promise<{ id: string; dir: string }> {
  const { dir, metadata: before } = template;
  const read = (relative: string) => siblingText(dir, relative);
  const { metadata } = await checkTemplate(text.compose, template.main, { read });
  if (metadata.id !== before.id) {
    throw new BerthError({
      code: "id_changed",
      message: `The template's id changed from "${before.id}" to "${metadata.id}".`,
      hint: "Save it as a new template, or change the id back.",
    });
  }
  await writeFileAtomically(path.join(dir, template.main), text.compose);
  await writeReadme(dir, text.readme);
  return { id: metadata.id, dir };
}

/** Writes a new template under its id, or the nearest free one. */
export async function saveNew(parent: string, text: SavedText): Promise<{ id: string; dir: string }> {
  const { metadata } = await checkTemplate(text.compose, "compose.yaml");
  await mkdir(parent, { recursive: true });
  for (let count = 1; count < 10_000; count += 1) {
    const id = count === 1 ? metadata.id : `${metadata.id}-${count}`;
    const dir = path.join(parent, id);
    // Making the folder takes the name.
    const made = await mkdir(dir).then(
      () => true,
      () => false,
    );
    if (!made) continue;
    try {
      const compose = id === metadata.id ? text.compose : withId(text.compose, metadata.id, id);
      await writeReadme(dir, text.readme);
      await writeFileAtomically(path.join(dir, "compose.yaml"), compose);
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
    return { id, dir };
  }
  throw new BerthError({
    code: "id_taken",
    message: `Every id like ${metadata.id} is taken.`,
    hint: "Choose another.",
  });
}

/** The text with another id in its x-berth block. */
function withId(text: string, from: string, to: string): string {
  const block = text.indexOf("x-berth");
  const line = new RegExp(`(\\bid["']?\\s*:\\s*["']?)${from.replaceAll(".", "\\.")}(?=["'\\s,}#]|$)`);
  return text.slice(0, block) + text.slice(block).replace(line, (_, before: string) => before + to);
}

async function writeReadme(dir: string, readme: string | null | undefined): Promise<void> {
  const file = path.join(dir, "README.md");
  if (readme === undefined) return;
  if (readme === null || readme.trim() === "") await rm(file, { force: true });
  else await writeFileAtomically(file, readme);
}
