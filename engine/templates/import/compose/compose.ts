import path from "node:path";
import { isMap, isScalar } from "yaml";
import type { ImportWarning, OpenLink, TemplateMetadata } from "../../../contract/index.ts";
import { findVariables, interpolate } from "../../format/interpolation.ts";
import { fileProblem } from "../../format/problems.ts";
import { readMetadata } from "../../format/validate.ts";
import { onlyDocument, parseYaml, plainData, type YamlFile } from "../../format/yaml-file.ts";
import { type Data, isData, textOf, withoutKey } from "../../project/data.ts";
import { type Project, projectOf } from "../../project/read-project.ts";
import { portsOf } from "../../project/services.ts";
import { portRange } from "../../project/short-syntax.ts";
import { idFrom, type TemplateDraft, yamlText } from "../draft.ts";
import { parseEnvFile } from "../env-file.ts";
import { isWebPort } from "../panamax/panamax.ts";
import { parseTolerantYaml } from "../tolerant-yaml.ts";
import { ImportVariables } from "../variables.ts";
import { copyReferences, referencesOf, siblingText } from "./companions.ts";
import { rewriteEnvFiles } from "./env-files.ts";
import { isLegacyCompose, upgradeLegacyCompose } from "./legacy.ts";
import { ComposeRewrite } from "./rewrite.ts";
import { valuesOf } from "./scan.ts";
import { applyEdits } from "./text-edits.ts";
import { declareUsedVariables } from "./used-variables.ts";

export interface ComposeSource {
  text: string;
  /** The file as people know it. */
  name: string;
  /** Its folder, where its companions are; null for a text that came alone. */
  folder: string | null;
  /** What the template is called when the file does not say. */
  title?: string;
}

/** Makes a template of a Compose file. */
export async function importCompose(source: ComposeSource): Promise<TemplateDraft> {
  const warnings: ImportWarning[] = [];
  const main = readMain(source, warnings);
  const read = (relative: string) =>
    source.folder === null ? Promise.resolve(null) : siblingText(source.folder, relative);
  const project = await projectOf(main.file, { read });
  if (project.services.size === 0) {
    throw fileProblem(source.name, {
      code: "no_services",
      message: "The Compose file has no services.",
      fix: "Add at least one service with an image.",
    });
  }
  for (const missing of project.missing) {
    warnings.push({
      service: null,
      field: "include",
      message: `${missing} is not beside the file and was not copied.`,
    });
  }
  const parts = await readParts(project, read);
  const files = [main.file, ...parts.values()];
  const environment = parseEnvFile((await read(".env")) ?? "");
  const variables = new ImportVariables([...usedNames(files), ...environment.keys()]);
  const copied = await copyReferences(
    source.folder ?? "",
    source.folder === null ? [] : referencesOf(main.data),
  );
  const companions = rewriteEnvFiles(main.data, copied.files, variables);
  const rewrite = new ComposeRewrite(files, variables, warnings);
  const compose = rewrite.rewritten(main.file);
  const texts = [...parts].map(([name, file]): [string, string] => [name, rewrite.rewritten(file)]);
  declareUsedVariables(files, variables, environment);
  for (const { reference, reason } of source.folder === null
    ? referencesOf(main.data).map((one) => ({ reference: one, reason: "only the file itself was given" }))
    : copied.missing) {
    warnings.push({
      service: reference.service,
      field: reference.field,
      message: `"${reference.path}" was not copied into the template: ${reason}.`,
    });
  }
  const readme = source.folder === null ? null : await read("README.md");
  return {
    metadata: metadataOf(source, main, project, variables),
    compose,
    files: new Map<string, string | Uint8Array>([
      ...(readme === null ? [] : [["README.md", readme] as const]),
      ...companions,
      ...texts,
    ]),
    services: project.services.size,
    warnings,
    values: variables.values,
  };
}

interface Main {
  file: YamlFile;
  data: Data;
  /** What the file says of itself, where it is a template already. */
  metadata: TemplateMetadata | null;
}

function readMain(source: ComposeSource, warnings: ImportWarning[]): Main {
  const { file, repairs } = parseTolerantYaml(source.text, source.name);
  warnings.push(...repairs.map((message) => ({ service: null, field: "file", message })));
  const document = onlyDocument(file);
  const data = document === null ? null : plainData(document);
  if (document === null || !isData(data)) throw notCompose(source.name);
  if (isLegacyCompose(data)) {
    warnings.push({
      service: null,
      field: "version",
      message: "The file is of Compose's first format and was written anew in today's.",
    });
    const upgraded = upgradeLegacyCompose(data);
    return { file: parseYaml(yamlText(upgraded), source.name), data: upgraded, metadata: null };
  }
  if (!isData(data["services"]) && data["include"] === undefined) throw notCompose(source.name);
  const { metadata } = readMetadata(data);
  const bare = withoutMetadata(file, document.contents);
  // What follows is appended, which a map in braces cannot take.
  if (isMap(document.contents) && document.contents.flow === true) {
    return { file: parseYaml(yamlText(withoutKey(data, "x-berth")), source.name), data, metadata };
  }
  return { file: bare === file.text ? file : parseYaml(bare, source.name), data, metadata };
}

/** The file's text without its x-berth block, which is written anew. */
function withoutMetadata(file: YamlFile, contents: unknown): string {
  if (!isMap(contents)) return file.text;
  const index = contents.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === "x-berth");
  const key = contents.items[index]?.key;
  if (!isScalar(key) || !key.range) return file.text;
  const next = contents.items[index + 1]?.key;
  const end = isScalar(next) && next.range ? next.range[0] : file.text.length;
  return applyEdits(file.text, [{ start: key.range[0], end, text: "" }]);
}

async function readParts(
  project: Project,
  read: (relative: string) => Promise<string | null>,
): Promise<Map<string, YamlFile>> {
  const parts = new Map<string, YamlFile>();
  for (const name of project.parts) {
    const text = await read(name);
    if (text !== null) parts.set(name, parseYaml(text, name));
  }
  return parts;
}

function usedNames(files: YamlFile[]): string[] {
  return files.flatMap((file) =>
    file.documents.flatMap((document) =>
      valuesOf(document).flatMap((value) => findVariables(value.text).uses.map((use) => use.name)),
    ),
  );
}

function metadataOf(
  source: ComposeSource,
  main: Main,
  project: Project,
  variables: ImportVariables,
): TemplateMetadata {
  const declared = { ...main.metadata?.variables };
  // Names that the template declared itself are its own business.
  const all = { ...variables.record(), ...declared };
  const open = main.metadata?.open ?? openLinks(project);
  const title = source.title ?? titleOf(source, main.data);
  return {
    format: 1,
    id: idFrom(title),
    version: "1.0.0",
    title,
    source: { format: "compose", name: path.basename(source.name).slice(0, 500) },
    ...main.metadata,
    ...(Object.keys(all).length === 0 ? {} : { variables: all }),
    ...(open.length === 0 ? {} : { open }),
  };
}

function titleOf(source: ComposeSource, data: Data): string {
  const named = textOf(data["name"]);
  if (named !== null && named !== "" && !named.includes("$")) return named.slice(0, 200);
  const base = path.basename(source.name).replace(/\.(?:ya?ml|json)$/i, "");
  const plain = base.replace(
    /(?:^|[._-])(?:docker-)?compose(?:[._-](?:prod|production|dev|development))?$/i,
    "",
  );
  const folder = source.folder === null ? "" : path.basename(source.folder);
  return (plain !== "" ? plain : folder !== "" ? folder : "app").slice(0, 200);
}

/** Published ports that a browser can usually open. */
function openLinks(project: Project): OpenLink[] {
  return [...project.services].flatMap(([service, data]) =>
    portsOf(data)
      .filter((port) => port.protocol === "tcp" && port.published !== null)
      .map((port) => portRange(interpolate(port.target, () => undefined))?.[0] ?? 0)
      .filter(isWebPort)
      .map((port) => ({ service, port })),
  );
}

function notCompose(name: string): Error {
  return fileProblem(name, {
    code: "not_compose",
    message: "The file is not a Compose file: it holds no map of services.",
    fix: "Begin with services: and one service below it.",
  });
}
