import path from "node:path";
import type {
  ImportedTemplate,
  TemplateDetail,
  TemplateFinding,
  TemplateSummary,
} from "../../engine/contract/index.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { count, escapeText, formatTable } from "../text.ts";

/** Lists all templates. */
export async function list(context: Context): Promise<number> {
  const answer = await context.withEngine((client) => client.templates.list());
  await context.output.result(answer, () =>
    [
      formatTemplates(answer.templates),
      ...answer.broken.map((one) => `Not usable: ${escapeText(one.dir)}: ${escapeText(one.message)}`),
    ].join("\n"),
  );
  return exitCodes.done;
}

/** Finds templates by words. */
export async function search(context: Context, words: string[]): Promise<number> {
  const found = await context.withEngine((client) => client.templates.search({ words: words.join(" ") }));
  await context.output.result(found, () => formatTemplates(found));
  return exitCodes.done;
}

/** Shows everything about a template. */
export async function show(context: Context, id: string): Promise<number> {
  const detail = await context.withEngine((client) => client.templates.show({ id }));
  await context.output.result(detail, () => formatDetail(detail));
  return exitCodes.done;
}

/** Checks a template's file; exits with 1 when it is not valid. */
export async function validate(context: Context, file: string): Promise<number> {
  const given = path.resolve(file);
  const validation = await context.withEngine((client) => client.templates.validate({ path: given }));
  await context.output.result(validation, () =>
    [
      ...validation.findings.map(formatFinding),
      validation.valid
        ? `${escapeText(file)} is a valid template.`
        : `${escapeText(file)} is not a valid template.`,
    ].join("\n"),
  );
  return validation.valid ? exitCodes.done : exitCodes.failed;
}

/** Imports a file of others: of one template prints it, of several `{"templates":[…]}`. */
export async function importFile(context: Context, file: string, out: string | undefined): Promise<number> {
  const { templates, collection } = await context.withEngine((client) =>
    client.templates.import({
      from: { path: path.resolve(file) },
      out: out === undefined ? null : path.resolve(out),
    }),
  );
  const [only] = templates;
  const document = collection || only === undefined ? { templates } : only;
  await context.output.result(document, () => templates.map(formatImported).join("\n"));
  return exitCodes.done;
}

/** Removes one of one's own templates. */
export async function remove(context: Context, id: string): Promise<number> {
  await context.withEngine((client) => client.templates.remove({ id }));
  await context.output.result({ removed: id }, () => `Removed ${escapeText(id)}.`);
  return exitCodes.done;
}

function formatTemplates(templates: TemplateSummary[]): string {
  if (templates.length === 0) return "No template was found.";
  const rows = templates.map((template) => [
    escapeText(template.id),
    escapeText(template.version ?? ""),
    escapeText(template.categories.slice(0, 3).join(", ")),
    escapeText(short(template.incomplete === null ? template.tagline || template.title : "(incomplete)")),
  ]);
  return formatTable(["TEMPLATE", "VERSION", "CATEGORIES", "WHAT"], rows);
}

function short(text: string): string {
  return text.length > 70 ? `${text.slice(0, 69)}…` : text;
}

function formatFinding(finding: TemplateFinding): string {
  const place = `${finding.file}:${finding.line}:${finding.column}`;
  return `${escapeText(place)}: ${finding.severity}: ${escapeText(finding.message)}\n    ${escapeText(finding.fix)}`;
}

function formatImported(template: ImportedTemplate): string {
  const where =
    template.valuesFile === null ? [] : [`    original values: ${escapeText(template.valuesFile)}`];
  return [
    `${escapeText(template.id)}: ${count(template.services, "service")} in ${escapeText(template.dir)}`,
    ...where,
    ...template.warnings.map(
      ({ service, field, message }) =>
        `    ${escapeText(service === null ? field : `${service}, ${field}`)}: ${escapeText(message)}`,
    ),
  ].join("\n");
}

function formatDetail({ metadata, summary, services, risks, readme, dir }: TemplateDetail): string {
  const variables = Object.entries(metadata.variables ?? {}).map(([name, variable]) => {
    const fallback = "default" in variable && variable.default !== undefined ? String(variable.default) : "";
    const help = variable.help ?? variable.label ?? "";
    return [escapeText(name), variable.type, escapeText(fallback), escapeText(help)];
  });
  const pictured = services.map((service) => [
    escapeText(service.name),
    escapeText(service.image ?? "(built here)"),
    escapeText(service.ports.map((port) => port.target).join(", ")),
    escapeText(service.dependsOn.join(", ")),
  ]);
  return [
    `${escapeText(metadata.title)} (${escapeText(summary.id)}${summary.version === null ? "" : ` ${escapeText(summary.version)}`})`,
    ...(summary.tagline === "" ? [] : [escapeText(summary.tagline)]),
    escapeText(dir),
    "",
    formatTable(["SERVICE", "IMAGE", "PORTS", "NEEDS"], pictured),
    ...(variables.length === 0 ? [] : ["", formatTable(["VARIABLE", "TYPE", "DEFAULT", "HELP"], variables)]),
    "",
    risks.length === 0 ? "It asks for no special rights." : "What it can do:",
    ...risks.map(
      (risk) => `  ${risk.level.padEnd(6)} ${escapeText(risk.service)}: ${escapeText(risk.message)}`,
    ),
    ...(readme === null ? [] : ["", readme.split("\n").map(escapeText).join("\n").trimEnd()]),
  ].join("\n");
}
