import type { ImportWarning, TemplateMetadata, TemplateVariable } from "../../../contract/index.ts";
import { escapeDollars } from "../../format/interpolation.ts";
import { fileProblem } from "../../format/problems.ts";
import type { Data } from "../../project/data.ts";
import { isSecretName } from "../../secrets/recognise.ts";
import { BerthError } from "../../../vm.ts";
import { importCompose } from "../compose/compose.ts";
import { idFrom, oneLine, shortTexts, type TemplateDraft, yamlText } from "../draft.ts";
import { isWebPort } from "../panamax/panamax.ts";
import { ServiceNames, ServiceParts, withoutEmpty } from "../service-parts.ts";
import { ImportVariables, variableName } from "../variables.ts";
import { argumentsOf } from "../words.ts";
import type { StackFetcher } from "./fetch-stack.ts";
import { htmlToText } from "./html.ts";
import {
  portainerEntries,
  type PortainerTemplate,
  type PortainerVariable,
  readPortainer,
} from "./read-portainer.ts";

/** Makes templates of a Portainer file, of version 1, 2 or 3. */
export async function importPortainer(
  data: unknown,
  name: string,
  fetcher: StackFetcher,
): Promise<TemplateDraft[]> {
  const entries = portainerEntries(data);
  if (entries === null || entries.length === 0) {
    throw fileProblem(name, {
      code: "no_templates",
      message: "The file is JSON but holds no list of Portainer templates.",
      fix: 'Portainer\'s files are {"version": "2", "templates": […]}.',
    });
  }
  const drafts: TemplateDraft[] = [];
  for (const entry of entries) {
    const template = readPortainer(entry);
    drafts.push(
      template.kind === "stack" ? await importStack(template, fetcher) : importContainer(template, name),
    );
  }
  return drafts;
}

function importContainer(template: PortainerTemplate, file: string): TemplateDraft {
  if (template.image === "") {
    throw fileProblem(file, {
      code: "no_image",
      message: `The template "${template.title}" has neither an image nor a stack.`,
      fix: "Give it an image, or a repository with a stackfile.",
    });
  }
  const parts = new ServiceParts(
    new ImportVariables(template.environment.map((entry) => variableName(entry.name))),
  );
  const key = new ServiceNames().name(template.name || template.title || template.image);
  for (const field of template.unknown)
    parts.warn(key, field, `Portainer has no field "${field}"; it was left out.`);
  if (template.administratorOnly) {
    parts.warn(
      key,
      "administrator_only",
      "Berth has no roles, so everybody who uses it can run the template.",
    );
  }
  if (template.platform === "windows")
    parts.warn(key, "platform", "The image is for Windows; it does not run in Linux.");
  const volumes: Data = {};
  const networks: Data = {};
  const environment = environmentOf(template.environment, key, parts);
  const service = withoutEmpty({
    image: escapeDollars(
      template.registry === "" ? template.image : `${template.registry.replace(/\/$/, "")}/${template.image}`,
    ),
    hostname: escapeDollars(template.hostname),
    command: commandOf(template, key, parts),
    environment,
    ports: template.ports.flatMap((port, index) => {
      if (port !== null) return parts.ports(port, key, template.ports.length === 1);
      parts.warn(key, "ports", `"${template.portTexts[index] ?? ""}" is not a port.`);
      return [];
    }),
    volumes: template.volumes.map((volume) => volumeText(volume, key, volumes, parts)),
    labels: Object.fromEntries(
      [...template.labels].map(([label, value]) => [label, escapeDollars(value ?? "")]),
    ),
    privileged: template.privileged ? true : null,
    stdin_open: template.interactive ? true : null,
    tty: template.interactive ? true : null,
    ...networkOf(template.network, networks),
    // Portainer's own default.
    restart: template.restartPolicy === "" ? "always" : template.restartPolicy,
  });
  const compose = withoutEmpty({ services: { [key]: service }, volumes, networks });
  const openPorts = template.ports.flatMap((port) => {
    const target = Number(port?.target);
    return port?.protocol === "tcp" && isWebPort(target) ? [{ service: key, port: target }] : [];
  });
  return {
    metadata: {
      ...metadataOf(template, parts.variables),
      ...(openPorts.length === 0 ? {} : { open: openPorts }),
    },
    compose: yamlText(compose),
    files: new Map(),
    services: 1,
    warnings: parts.warnings,
    values: parts.variables.values,
  };
}

async function importStack(template: PortainerTemplate, fetcher: StackFetcher): Promise<TemplateDraft> {
  const warnings: ImportWarning[] = [];
  for (const field of template.unknown) {
    warnings.push({ service: null, field, message: `Portainer has no field "${field}"; it was left out.` });
  }
  const where = template.repository?.url ?? template.stackAddress ?? "";
  const what = template.repository?.file ?? template.stackAddress ?? "";
  try {
    const text = await stackText(template, fetcher);
    const draft = await importCompose({
      text,
      name: what || template.title,
      folder: null,
      title: template.title,
    });
    const variables = new ImportVariables();
    for (const entry of template.environment) variables.declare(entry.name, declarationOf(entry, variables));
    const declared = { ...draft.metadata.variables, ...variables.record() };
    return {
      ...draft,
      metadata: {
        ...metadataOf(template, variables),
        ...(draft.metadata.open === undefined ? {} : { open: draft.metadata.open }),
        ...(Object.keys(declared).length === 0 ? {} : { variables: declared }),
      },
      warnings: [...warnings, ...draft.warnings],
      values: new Map([...draft.values, ...variables.values]),
    };
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    // What the file said is kept, so that the services can be fetched later.
    const variables = new ImportVariables();
    for (const entry of template.environment) variables.declare(entry.name, declarationOf(entry, variables));
    const reason = `The stack's file ${what} in ${where} cannot be reached: ${error.message}`;
    return {
      metadata: { ...metadataOf(template, variables), incomplete: reason.slice(0, 1000) },
      compose: yamlText({ services: {} }),
      files: new Map(),
      services: 0,
      warnings: [...warnings, { service: null, field: "repository", message: reason }],
      values: variables.values,
    };
  }
}

async function stackText(template: PortainerTemplate, fetcher: StackFetcher): Promise<string> {
  if (template.stackText !== null) return template.stackText;
  if (template.repository !== null) {
    return fetcher.fromRepository(
      template.repository.url,
      template.repository.file,
      template.repository.reference,
    );
  }
  if (template.stackAddress !== null) return fetcher.fromAddress(template.stackAddress);
  throw new BerthError({
    code: "no_stack",
    message: "The template names neither a repository nor an address.",
    hint: "Add repository with url and stackfile.",
  });
}

/** The environment of a service; what Portainer asks for becomes variables of the same names. */
function environmentOf(entries: PortainerVariable[], service: string, parts: ServiceParts): Data {
  const result: Data = {};
  for (const entry of entries) {
    if (entry.preset && entry.default !== null && entry.select.length === 0) {
      result[entry.name] = parts.value(entry.name, entry.default, service);
      continue;
    }
    const name = variableName(entry.name) === entry.name ? entry.name : variableName(entry.name);
    parts.variables.declare(name, declarationOf(entry, parts.variables, name));
    result[entry.name] = `\${${name}}`;
    const declared = parts.variables.declared.get(name);
    if (declared !== undefined && "default" in declared && declared.default !== undefined) {
      const fallback = String(declared.default);
      if (fallback !== "" && !/[${}]/.test(fallback)) result[entry.name] = `\${${name}:-${fallback}}`;
    }
  }
  return result;
}

function declarationOf(
  entry: PortainerVariable,
  variables: ImportVariables,
  name = entry.name,
): TemplateVariable {
  const help = entry.description !== "" ? { help: htmlToText(entry.description).slice(0, 2000) } : {};
  const label = entry.label !== "" ? { label: oneLine(entry.label, 200) ?? entry.name } : {};
  const common = { ...label, ...help };
  if (entry.select.length > 0) {
    const options = entry.select.map(({ text, value }) =>
      text === value || text === "" ? value : { value, label: oneLine(text, 200) ?? value },
    );
    const chosen = entry.select.some((option) => option.value === entry.default);
    return {
      type: "choice",
      ...common,
      options,
      ...(chosen && entry.default !== null ? { default: entry.default } : {}),
    };
  }
  if (isSecretName(entry.name)) {
    if (entry.default !== null && entry.default !== "") variables.values.set(name, entry.default);
    return { type: "secret", ...common };
  }
  return { type: "text", ...common, ...(entry.default === null ? {} : { default: entry.default }) };
}

function commandOf(template: PortainerTemplate, service: string, parts: ServiceParts): string[] | null {
  if (template.command === null || template.command === "") return null;
  if (Array.isArray(template.command)) return parts.arguments(template.command, service);
  return parts.arguments(argumentsOf(template.command).arguments, service);
}

function volumeText(
  volume: PortainerTemplate["volumes"][number],
  service: string,
  volumes: Data,
  parts: ServiceParts,
): string {
  const mode = volume.readOnly ? ":ro" : "";
  const target = escapeDollars(volume.container);
  if (volume.bind === "") {
    const name = `${service}-${idFrom(volume.container)}`;
    volumes[name] = {};
    return `${name}:${target}${mode}`;
  }
  if (/^\w[\w.-]*$/.test(volume.bind)) {
    volumes[volume.bind] = {};
    return `${volume.bind}:${target}${mode}`;
  }
  if (/^[A-Za-z]:\\/.test(volume.bind)) {
    parts.warn(service, "volumes", `"${volume.bind}" is a path of Windows.`);
  }
  return `${escapeDollars(volume.bind)}:${target}${mode}`;
}

function networkOf(network: string, networks: Data): Data {
  if (network === "") return {};
  if (/^(?:host|none|bridge)$/.test(network)) return { network_mode: network };
  networks[network] = { external: true };
  return { networks: [network] };
}

function metadataOf(template: PortainerTemplate, variables: ImportVariables): TemplateMetadata {
  const title = oneLine(template.title, 200) ?? oneLine(template.image, 200) ?? "Portainer template";
  const tagline = oneLine(htmlToText(template.description));
  const categories = shortTexts(template.categories, 20);
  const notes = htmlToText(template.note);
  return {
    format: 1,
    id: idFrom(title),
    version: "1.0.0",
    title,
    ...(tagline === null ? {} : { tagline }),
    ...(tagline === template.description.trim() || template.description.trim() === ""
      ? {}
      : { description: htmlToText(template.description).slice(0, 20_000) }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(variables.declared.size === 0 ? {} : { variables: variables.record() }),
    ...(notes === "" ? {} : { notes: notes.slice(0, 20_000) }),
    source: {
      format: "portainer" as const,
      ...withoutEmpty({
        name: template.name,
        logo: template.logo,
        platform: template.platform,
        administratorOnly: template.administratorOnly ? true : null,
        repository: template.repository?.url,
        reference: template.repository?.reference,
        stackfile: template.repository?.file ?? template.stackAddress,
      }),
    },
  };
}
