import type { TemplateDetail, TemplateSummary } from "../../contract/index.ts";
import { textOf } from "../project/data.ts";
import { describeServices } from "../project/services.ts";
import { risksOf } from "../risks/risks.ts";
import { siblingText } from "../import/compose/companions.ts";
import { readIcon } from "./icon.ts";
import { listFiles, type LoadedTemplate } from "./load-folder.ts";

/** What commands take to name a template. */
export function fullId(template: LoadedTemplate): string {
  const { origin, metadata } = template;
  return origin.kind === "repository" ? `${origin.repository}/${metadata.id}` : metadata.id;
}

export function summaryOf(template: LoadedTemplate, runs: number): TemplateSummary {
  const { metadata, project, origin } = template;
  const images = [...project.services.values()].flatMap((service) => textOf(service["image"]) ?? []);
  return {
    id: fullId(template),
    title: metadata.title,
    tagline: metadata.tagline ?? "",
    version: metadata.version ?? null,
    categories: metadata.categories ?? [],
    keywords: metadata.keywords ?? [],
    origin,
    recommended: metadata.recommended === true,
    runs,
    services: [...project.services.keys()],
    images: [...new Set(images)],
    hasIcon: template.iconFile !== null,
    incomplete: metadata.incomplete ?? null,
  };
}

export async function detailOf(template: LoadedTemplate, runs: number): Promise<TemplateDetail> {
  const { metadata, project, dir, text } = template;
  return {
    summary: summaryOf(template, runs),
    metadata,
    dir,
    compose: text,
    readme: await siblingText(dir, "README.md"),
    icon: template.iconFile === null ? null : await readIcon(dir, template.iconFile),
    services: describeServices(project),
    networks: Object.keys(project.networks),
    volumes: Object.keys(project.volumes),
    files: await listFiles(dir),
    risks: risksOf(project),
    findings: template.findings,
  };
}
