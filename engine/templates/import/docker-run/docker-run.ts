import path from "node:path";
import type { OpenLink } from "../../../contract/index.ts";
import { fileProblem } from "../../format/problems.ts";
import { type Data, isData } from "../../project/data.ts";
import { parsePort } from "../../project/short-syntax.ts";
import { BerthError } from "../../../vm.ts";
import { idFrom, type TemplateDraft, yamlText } from "../draft.ts";
import { applyLinks, type Link, type LinkTarget, portsOfKnownImage } from "../links.ts";
import { isWebPort } from "../panamax/panamax.ts";
import { ServiceNames, ServiceParts, withoutEmpty } from "../service-parts.ts";
import { ImportVariables } from "../variables.ts";
import { commandLines, runArguments } from "./commands.ts";
import { parseRun, type ParsedRun } from "./parse.ts";
import { serviceOf } from "./service.ts";
import type { Shared } from "./surroundings.ts";

/** Makes one template of all `docker run` commands of a text. */
export function importDockerRun(text: string, name: string): TemplateDraft {
  const parts = new ServiceParts(new ImportVariables());
  const runs = readRuns(text, name, parts);
  const names = new ServiceNames();
  const keys = new Map<ParsedRun, string>();
  const byName = new Map<string, string>();
  for (const run of runs) {
    const given = run.options.findLast((option) => option.name === "--name")?.value ?? "";
    const key = names.name(given || baseName(run.image));
    keys.set(run, key);
    byName.set(given || key, key);
    byName.set(key, key);
  }
  const links: Link[] = [];
  const shared: Shared = {
    volumes: {},
    networks: {},
    find: (wanted) => byName.get(wanted) ?? null,
    link: (service, target, alias) => links.push({ service, target, alias }),
  };
  const services = new Map([...keys].map(([run, key]) => [key, serviceOf(run, key, shared, parts)]));
  for (const [given, key] of byName) if (given !== key) addContainerName(services.get(key), given);
  const targets = new Map([...keys].map(([run, key]) => [key, linkTarget(run, services.get(key))]));
  applyLinks(services, links, targets, parts);
  const first = runs[0];
  const title = runs.length === 1 ? ([...keys.values()][0] ?? "app") : titleOf(name, [...keys.values()]);
  const open = [...keys].flatMap(([run, key]) => openLinks(run, key));
  return {
    metadata: {
      format: 1,
      id: idFrom(title),
      version: "1.0.0",
      title,
      ...(first === undefined || runs.length > 1
        ? {}
        : { tagline: `Made of docker run ${first.image}`.slice(0, 300) }),
      ...(parts.variables.declared.size === 0 ? {} : { variables: parts.variables.record() }),
      ...(open.length === 0 ? {} : { open }),
      source: { format: "docker-run" },
    },
    compose: yamlText(
      withoutEmpty({
        services: Object.fromEntries(services),
        volumes: shared.volumes,
        networks: shared.networks,
      }),
    ),
    files: new Map(),
    services: services.size,
    warnings: parts.warnings,
    values: parts.variables.values,
  };
}

function readRuns(text: string, name: string, parts: ServiceParts): ParsedRun[] {
  const runs: ParsedRun[] = [];
  const problem = (line: number, message: string, fix: string) =>
    fileProblem(name, { code: "docker_run", message, fix, line });
  let commands;
  try {
    commands = commandLines(text);
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    throw problem(1, error.message, error.hint);
  }
  for (const { words, line } of commands) {
    const args = runArguments(words);
    if (args === null) {
      parts.warn(null, `line ${line}`, `"${words.slice(0, 4).join(" ")}" is no docker run and was left out.`);
      continue;
    }
    const run = parseRun(args, line);
    if (run === null)
      throw problem(line, "This docker run names no image.", "Add the image at the end of the command.");
    runs.push(run);
  }
  if (runs.length > 0) return runs;
  throw problem(
    1,
    "There is no docker run command in the file.",
    "Give at least one line that begins with docker run.",
  );
}

/** Other containers knew this one by its container's name. */
function addContainerName(service: Data | undefined, name: string): void {
  if (service === undefined || service["network_mode"] !== undefined) return;
  const networks = isData(service["networks"]) ? service["networks"] : { default: {} };
  service["networks"] = Object.fromEntries(
    Object.entries(networks).map(([network, own]) => {
      const data = isData(own) ? own : {};
      const aliases = Array.isArray(data["aliases"]) ? (data["aliases"] as unknown[]) : [];
      return [network, { ...data, aliases: [...new Set([...aliases, name])] }];
    }),
  );
}

function linkTarget(run: ParsedRun, service: Data | undefined): LinkTarget {
  const ports = run.options
    .filter(({ name }) => name === "--publish" || name === "--expose")
    .flatMap(({ value }) => parsePort(value) ?? [])
    .map((port) => ({ port: Number(port.target), protocol: port.protocol }))
    .filter(({ port }) => Number.isInteger(port) && port > 0);
  const environment = isData(service?.["environment"]) ? service["environment"] : {};
  return {
    ports: ports.length > 0 ? ports : portsOfKnownImage(run.image),
    environment: new Map(Object.entries(environment).map(([key, value]) => [key, String(value)])),
  };
}

function openLinks(run: ParsedRun, service: string): OpenLink[] {
  return run.options
    .filter(({ name }) => name === "--publish")
    .flatMap(({ value }) => parsePort(value) ?? [])
    .filter((port) => port.protocol === "tcp" && port.published !== null && isWebPort(Number(port.target)))
    .map((port) => ({ service, port: Number(port.target) }));
}

function baseName(image: string): string {
  return image.replace(/@.*$/, "").replace(/^.*\//, "").replace(/:.*$/, "");
}

function titleOf(name: string, services: string[]): string {
  const base = path.basename(name).replace(/\.\w+$/, "");
  return /^(?:-|stdin|run|docker-run|commands?)?$/i.test(base)
    ? services.slice(0, 3).join("-")
    : base.slice(0, 200);
}
