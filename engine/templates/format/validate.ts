import path from "node:path";
import type { z } from "zod";
import type { TemplateFinding, TemplateMetadata, TemplateValidation } from "../../contract/index.ts";
import { templateMetadataSchema } from "../../contract/index.ts";
import { type Data, dataOf, isData, mapTexts, withoutKey } from "../project/data.ts";
import { type Project, projectOf, type ReadSibling } from "../project/read-project.ts";
import { checkProject, type Mistake } from "./compose-checks.ts";
import { composeShape, nearest } from "./compose-shape.ts";
import { unescapeDollars } from "./interpolation.ts";
import { TemplateProblem } from "./problems.ts";
import { checkUses, checkVariables, variableUses } from "./variable-checks.ts";
import { type NodePath, onlyDocument, parseYaml, placeOf, plainData, type YamlFile } from "./yaml-file.ts";

/** A template's Compose file that was read and checked. */
export interface CheckedTemplate {
  file: YamlFile;
  data: Data;
  metadata: TemplateMetadata;
  project: Project;
  findings: TemplateFinding[];
}

export interface CheckOptions {
  read?: ReadSibling;
  /** The folder's name, which is the template's id. */
  folder?: string;
}

/** Everything that is wrong with a template's Compose file, each with its place and a fix. */
export async function validateTemplate(
  text: string,
  name: string,
  options: CheckOptions = {},
): Promise<TemplateValidation> {
  try {
    const { metadata, findings } = await checkTemplate(text, name, options);
    return { valid: true, file: name, id: metadata.id, findings };
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error;
    return { valid: false, file: name, id: null, findings: error.findings };
  }
}

/** Reads a template; throws a TemplateProblem with all findings when one of them is an error. */
export async function checkTemplate(
  text: string,
  name: string,
  options: CheckOptions = {},
): Promise<CheckedTemplate> {
  const file = parseYaml(text, name);
  const document = onlyDocument(file);
  const data = document === null ? null : plainData(document);
  const place = (path: NodePath) =>
    document === null ? { file: name, line: 1, column: 1 } : placeOf(file, document, path);
  const placed = (mistake: Mistake): TemplateFinding => ({
    severity: mistake.severity,
    code: mistake.code,
    ...place(mistake.path),
    path: mistake.path.filter((step) => step !== "").join("."),
    message: mistake.message,
    fix: mistake.fix,
  });
  if (!isData(data)) throw refused([placed(notATemplate)]);

  const { metadata, mistakes } = readMetadata(data);
  mistakes.push(...shapeMistakes(composeShape.safeParse(withoutKey(data, "x-berth")), []));
  const { uses, findings } = variableUses(file);
  const found = [...mistakes.map(placed), ...findings];
  if (found.some((finding) => finding.severity === "error") || metadata === null) throw refused(found);

  const project = await projectOf(file, options.read === undefined ? {} : { read: options.read });
  found.push(
    ...[
      ...checkVariables(metadata),
      ...checkProject(project),
      ...checkMetadata(metadata, project, options),
    ].map(placed),
    ...checkUses(uses, metadata, file),
  );
  const sorted = found.sort((left, right) => left.line - right.line || left.column - right.column);
  if (sorted.some((finding) => finding.severity === "error")) throw refused(sorted);
  return { file, data, metadata, project, findings: sorted };
}

/** The `x-berth` block of a file; Compose would put variables into it, so `$$` stands for a dollar sign. */
export function readMetadata(data: Data): { metadata: TemplateMetadata | null; mistakes: Mistake[] } {
  if (!("x-berth" in data)) return { metadata: null, mistakes: [noMetadata] };
  const parsed = templateMetadataSchema.safeParse(mapTexts(data["x-berth"], unescapeDollars));
  return { metadata: parsed.data ?? null, mistakes: shapeMistakes(parsed, ["x-berth"]) };
}

function checkMetadata(metadata: TemplateMetadata, project: Project, options: CheckOptions): Mistake[] {
  const mistakes: Mistake[] = [];
  const folder = options.folder;
  if (folder !== undefined && path.basename(folder) !== metadata.id) {
    mistakes.push({
      severity: "warning",
      code: "id_and_folder",
      path: ["x-berth", "id"],
      message: `The id is "${metadata.id}" but the folder is called "${path.basename(folder)}".`,
      fix: "Call both the same.",
    });
  }
  const known = (service: string, at: NodePath) => {
    if (project.services.has(service) || project.missing.length > 0) return;
    const near = nearest(service, project.services.keys());
    mistakes.push({
      severity: "error",
      code: "unknown_service",
      path: at,
      message: `There is no service "${service}" in the file.`,
      fix: near === null ? "Name one of the services." : `Did you mean "${near}"?`,
    });
  };
  metadata.open?.forEach((link, index) => {
    known(link.service, ["x-berth", "open", index, "service"]);
  });
  for (const [name, variable] of Object.entries(metadata.variables ?? {})) {
    if (variable.type === "port" && variable.service !== undefined) {
      known(variable.service, ["x-berth", "variables", name, "service"]);
    }
  }
  if (project.services.size === 0 && metadata.incomplete === undefined) {
    mistakes.push({
      severity: "error",
      code: "no_services",
      path: ["services"],
      message: "The template has no services.",
      fix: "Add at least one service with an image.",
    });
  }
  return mistakes;
}

type Parsed = { success: true } | { success: false; error: z.ZodError };

/** A schema's complaints, with the path from the top of the file. */
function shapeMistakes(parsed: Parsed, at: NodePath): Mistake[] {
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => explainIssue(issue, at));
}

function explainIssue(issue: z.core.$ZodIssue, at: NodePath): Mistake[] {
  const here = [...at, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))];
  if (issue.code === "invalid_union") {
    // The branch that got furthest says best what is wrong.
    const inner = issue.errors.find(
      (branch) => branch.length > 0 && branch.every((one) => one.path.length > 0),
    );
    if (inner !== undefined) return inner.flatMap((one) => explainIssue(one, here));
  }
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      severity: "error" as const,
      code: "unknown_key",
      path: [...here, key],
      message: `There is no key "${key}" here.`,
      fix: "Remove it, or check its spelling.",
    }));
  }
  const unknown = issue.code === "custom" && issue.message.startsWith("There is no key");
  const missing =
    issue.code === "invalid_type" && issue.input === undefined && issue.message.includes("undefined");
  const name = here.at(-1) ?? "";
  const [said = "", hint] = issue.message.split(" Did you mean ");
  return [
    {
      severity: "error",
      code: unknown ? "unknown_key" : missing ? "missing_key" : "bad_value",
      path: here,
      message: missing ? `"${name}" is missing.` : `${here.join(".")}: ${said}`,
      fix: unknown
        ? hint === undefined
          ? "Remove it, or check its spelling."
          : `Did you mean ${hint}`
        : missing
          ? `Add "${name}:".`
          : "Correct the value.",
    },
  ];
}

const notATemplate: Mistake = {
  severity: "error",
  code: "not_a_template",
  path: [],
  message: "The file is not a Compose file: it holds no map of services.",
  fix: "Begin with services: and one service below it.",
};

const noMetadata: Mistake = {
  severity: "error",
  code: "no_metadata",
  path: [],
  message: "The file has no x-berth block, so it is a plain Compose file and not a template yet.",
  fix: "Add x-berth with id and title, or import the file: berth template import FILE.",
};

/** A problem made of findings, errors first, so that the first one says why the file was refused. */
function refused(findings: TemplateFinding[]): TemplateProblem {
  const errors = findings.filter((finding) => finding.severity === "error");
  const [first, ...rest] = [...errors, ...findings.filter((finding) => finding.severity === "warning")];
  if (first === undefined) throw new Error("A refusal needs a finding.");
  return new TemplateProblem([first, ...rest]);
}

/** The template's metadata as data of a Compose file. */
export function metadataData(metadata: TemplateMetadata): Data {
  return dataOf(mapTexts(metadata, (text) => text.replaceAll("$", "$$$$")));
}
