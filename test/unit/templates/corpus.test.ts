import { readdirSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { validateTemplate } from "../../../engine/templates/format/validate.ts";
import { importTemplates, readImportSource } from "../../../engine/templates/import/import.ts";
import { composeConfig, composeProgram, fixtures, temporaryFolder, unreachable } from "./support.ts";

const program = composeProgram();
const out = temporaryFolder();
const filesOf = (kind: string) => readdirSync(path.join(fixtures, kind));
const options = { fetcher: unreachable, values: true, remove: () => Promise.resolve() };

async function importFile(kind: string, name: string) {
  const file = path.join(fixtures, kind, name);
  const parent = path.join(out, kind, name);
  const { templates } = await importTemplates(await readImportSource(file), parent, options);
  for (const template of templates) {
    const compose = path.join(template.dir, "compose.yaml");
    const validation = await validateTemplate(await readFile(compose, "utf8"), compose, {
      folder: template.dir,
    });
    expect(validation.findings.filter((finding) => finding.severity === "error")).toEqual([]);
    if (template.valuesFile !== null) expect((await stat(template.valuesFile)).mode & 0o077).toBe(0);
    if (program === null) continue;
    const answer = composeConfig(program, compose);
    expect(answer, `${name}: ${answer.stderr}`).toMatchObject({ ok: true });
  }
  return templates;
}

const pmxSchema = z.object({
  images: z.array(z.looseObject({ name: z.string() })),
  documentation: z.string(),
});

describe("Panamax", () => {
  test.each(filesOf("panamax"))("%s", async (name) => {
    const [template, ...more] = await importFile("panamax", name);
    expect(more).toEqual([]);
    const original = (await readFile(path.join(fixtures, "panamax", name), "utf8")).replace(
      /^documentation: '\n/m,
      "documentation: '\n  ",
    );
    // The one file that strict parsers refuse is counted by its entries alone.
    const count = original.match(/^- .*|^ {2}- (?:name|category):/gm)?.length ?? 0;
    const parsed = pmxSchema.safeParse(parseOrNull(original));
    expect(template?.services).toBe(parsed.success ? parsed.data.images.length : count);
    const readme = await readFile(path.join(template?.dir ?? "", "README.md"), "utf8");
    const changed = template?.warnings.some((warning) => warning.field === "documentation") === true;
    if (parsed.success && !changed) expect(readme.trim()).toBe(parsed.data.documentation.trim());
  });
});

describe("Compose", () => {
  test.each(filesOf("compose"))("%s", async (name) => {
    const [template] = await importFile("compose", name);
    if (program === null || template === undefined) return;
    const file = path.join(fixtures, "compose", name);
    const text = await readFile(file, "utf8");
    const project = path.join(out, "compose", name);
    const env = path.join(project, "original.env");
    const values = template.valuesFile === null ? "" : await readFile(template.valuesFile, "utf8");
    const placeholders = [...text.matchAll(/\$\{(\w+)\}/g)].map(
      ([, variable]) => `${variable ?? ""}=./placeholder\n`,
    );
    await writeFile(env, values + placeholders.join(""));
    const args = ["--project-directory", project, "--env-file", env];
    const before = composeConfig(program, file, args, project);
    const after = composeConfig(program, path.join(template.dir, "compose.yaml"), args, project);
    expect(before).toMatchObject({ ok: true });
    expect(withoutMetadata(after.stdout)).toEqual(withoutMetadata(before.stdout));
  });
});

test("Portainer: forty templates, and a stack that cannot be reached says so", async () => {
  const templates = await importFile("portainer", "templates-v2.json");
  expect(templates).toHaveLength(40);
  const stacks = templates.filter((template) => template.services === 0);
  expect(stacks).toHaveLength(18);
  for (const stack of stacks) {
    expect(stack.warnings).toContainEqual(expect.objectContaining({ field: "repository" }));
  }
  expect(new Set(templates.map((template) => template.id)).size).toBe(40);
});

function parseOrNull(text: string): unknown {
  try {
    return parse(text, { uniqueKeys: false });
  } catch {
    return null;
  }
}

function withoutMetadata(config: string): unknown {
  const data = z.record(z.string(), z.unknown()).parse(JSON.parse(config));
  return { ...data, "x-berth": null };
}
