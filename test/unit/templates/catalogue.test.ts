import { execFile } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import type { TemplateVariable } from "../../../engine/contract/index.ts";
import { builtInTemplates } from "../../../engine/templates/library/built-in.ts";
import { readIcon } from "../../../engine/templates/library/icon.ts";
import { listFiles, loadFolder, type LoadedTemplate } from "../../../engine/templates/library/load-folder.ts";
import { type Data, dataOf, isData, listOf, textOf } from "../../../engine/templates/project/data.ts";
import { mountsOf, portsOf } from "../../../engine/templates/project/services.ts";
import { parseImage } from "../../../engine/templates/risks/images.ts";
import { risksOf } from "../../../engine/templates/risks/risks.ts";
import { resolveValues } from "../../../engine/templates/run/values.ts";
import { composeProgram, temporaryFolder } from "./support.ts";

const catalogue = builtInTemplates("/nowhere");
const ids = readdirSync(catalogue).filter((name) => statSync(path.join(catalogue, name)).isDirectory());
const sources = readFileSync(path.join(catalogue, "SOURCES.md"), "utf8");
const guide = readFileSync(path.join(import.meta.dirname, "../../../docs/templates-catalogue.md"), "utf8");
const program = composeProgram();

/** What a person gives where a template asks; everything else has a default or is made. */
function given(variables: Record<string, TemplateVariable>): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, variable] of Object.entries(variables)) {
    if (variable.type !== "choice" || variable.default !== undefined) continue;
    const [first] = variable.options;
    values[name] = String(typeof first === "object" ? first.value : first);
  }
  return values;
}

/** A template's services as they are written, with variables in them. */
function written(template: LoadedTemplate): [string, Data][] {
  return Object.entries(dataOf(template.data["services"])).map(([name, service]) => [name, dataOf(service)]);
}

/** Every image that a template's services and Dockerfiles name. */
function imagesOf(template: LoadedTemplate): string[] {
  const images = [...template.project.services.values()].flatMap((service) => textOf(service["image"]) ?? []);
  const hasBuild = [...template.project.services.values()].some((service) => service["build"] !== undefined);
  if (!hasBuild) return images;
  const dockerfile = readFileSync(path.join(template.dir, "Dockerfile"), "utf8");
  const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)/gim)].map(([, stage]) => stage);
  const bases = [...dockerfile.matchAll(/^FROM (\S+)|--from=(\S+)/gim)].map(
    ([, from, copied]) => from ?? copied ?? "",
  );
  return [...images, ...bases.filter((base) => !stages.includes(base))];
}

test("there are at least 36 templates", () => {
  expect(ids.length).toBeGreaterThanOrEqual(36);
});

describe.each(ids)("%s", (id) => {
  const dir = path.join(catalogue, id);
  let template: LoadedTemplate;
  beforeAll(async () => {
    template = await loadFolder(dir, { kind: "built-in" });
  });

  test("has nothing to complain about, and tells what a person wants to know", async () => {
    const { findings, metadata } = template;
    expect(findings).toEqual([]);
    expect(metadata.id).toBe(id);
    expect(metadata.homepage).toMatch(/^https:/);
    for (const told of [
      metadata.tagline,
      metadata.notes,
      metadata.requires?.memoryMiB,
      metadata.requires?.diskMiB,
    ]) {
      expect(told).toBeDefined();
    }
    expect(metadata.categories?.length).toBeGreaterThan(0);
    expect(await readIcon(dir, "icon.svg")).toMatch(/^data:image\/svg/);
    const readme = readFileSync(path.join(dir, "README.md"), "utf8");
    for (const name of Object.keys(metadata.variables ?? {})) expect(readme).toContain(`\`${name}\``);
    expect(guide).toContain(`| \`${id}\` `);
  });

  test("pins images, limits memory, checks health", () => {
    for (const image of imagesOf(template)) {
      expect(parseImage(image).tag, image).toMatch(/\d+\.\d+|\d{4}/);
      expect(sources, image).toContain(`\`${image}\``);
    }
    for (const [name, service] of template.project.services) {
      const limits = dataOf(dataOf(dataOf(service["deploy"])["resources"])["limits"]);
      expect(limits["memory"], `${name} has a limit`).toMatch(/^\d+[MG]$/);
      if (service["restart"] === "no") continue;
      const check = service["healthcheck"];
      expect(isData(check) && listOf(check["test"]).length > 1, `${name} checks its health`).toBe(true);
    }
  });

  test("has no fixed secret and no fixed port, and mounts its own files read-only", () => {
    const declared = template.metadata.variables ?? {};
    for (const [name, service] of written(template)) {
      for (const { published, target } of portsOf(service)) {
        const variable = /^\$\{(\w+):-(\d+)\}$/.exec(published ?? "");
        expect(declared[variable?.[1] ?? ""], `port ${published ?? "?"} of ${name}`).toEqual(
          expect.objectContaining({
            type: "port",
            default: Number(variable?.[2]),
            service: name,
            target: Number(target),
          }),
        );
      }
      const environment = service["environment"];
      for (const [key, value] of Object.entries(isData(environment) ? environment : {})) {
        if (!/pass|secret|token|_key$|_auth$/i.test(key) || /accept|allow|htpasswd/i.test(key)) continue;
        if (value === "htpasswd") continue;
        expect(String(value), `${name}: ${key}`).toMatch(/\$\{\w+\}/);
      }
      const own = mountsOf(service).filter((mount) => mount.type === "bind");
      for (const mount of own) expect(mount.readOnly, `${name}: ${mount.source ?? ""}`).toBe(true);
    }
    const secrets = Object.entries(declared).filter(([, variable]) => variable.type === "secret");
    // Arguments are shown to every process; a shell's own variables ($$NAME) are not arguments.
    for (const [, service] of written(template)) {
      const spoken = JSON.stringify([service["command"], service["entrypoint"], service["healthcheck"]]);
      for (const [name] of secrets) expect(spoken).not.toMatch(new RegExp(`(?<!\\$)\\$\\{${name}\\b`));
    }
  });

  test("asks for no rights that it could do without", () => {
    const risks = risksOf(template.project).filter((risk) => risk.level !== "low");
    expect(risks).toEqual([]);
  });
});

describe.skipIf(program === null)("the real Compose", () => {
  const folder = temporaryFolder();
  const run = promisify(execFile);

  test.each(ids)("accepts %s with the values of a run", async (id) => {
    const dir = path.join(catalogue, id);
    const { metadata } = await loadFolder(dir, { kind: "built-in" });
    const { variables, secrets, ports } = resolveValues(metadata, given(metadata.variables ?? {}), new Map());
    const values = { ...variables, ...secrets };
    for (const [name, { port }] of ports) values[name] = String(port + 1);
    const file = path.join(folder, `${id}.env`);
    writeFileSync(
      file,
      Object.entries(values)
        .map(([name, value]) => `${name}='${value}'\n`)
        .join(""),
    );
    const args = ["--project-name", id, "--env-file", file, "config", "--format", "json"];
    const { stdout, stderr } = await run(program ?? "", args, {
      cwd: dir,
      env: { PATH: process.env["PATH"] ?? "", HOME: folder },
    });
    expect(stderr).toBe("");
    for (const value of Object.values(secrets)) expect(stdout).toContain(value);
    for (const [, { port }] of ports) expect(stdout).toContain(`"published": "${port + 1}"`);
    // What is mounted or built is there.
    const files = await listFiles(dir);
    for (const [, source] of stdout.matchAll(/"source": "(\/[^"]+)"/g)) {
      const relative = path.relative(dir, source ?? "");
      expect(
        files.some((name) => name === relative || name.startsWith(`${relative}/`)),
        relative,
      ).toBe(true);
    }
  });
});
