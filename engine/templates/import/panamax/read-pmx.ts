import { isAlias, isMap, isScalar, isSeq, type Document, type Node } from "yaml";
import type { Data } from "../../project/data.ts";
import { listOf, mapOf, textOf, isData } from "../../project/data.ts";
import { parsePort, parseVolume } from "../../project/short-syntax.ts";

/** One image of a Panamax template, in one spelling. */
export interface PmxImage {
  name: string;
  source: string;
  description: string;
  category: string;
  type: string;
  ports: { hostInterface: string; hostPort: string; containerPort: string; protocol: string }[];
  expose: string[];
  links: { service: string; alias: string }[];
  environment: { name: string; value: string | null; required: boolean }[];
  volumes: { hostPath: string; containerPath: string }[];
  volumesFrom: string[];
  command: string | string[] | null;
  count: number | null;
  /** Keys that no version of Panamax knew. */
  unknown: Data;
}

/** A Panamax template (panamax-api, template_file_serializer.rb and template_builder). */
export interface Pmx {
  name: string;
  description: string;
  keywords: string[];
  type: string;
  documentation: string;
  recommended: boolean;
  authors: string[];
  images: PmxImage[];
  unknown: Data;
}

/** The texts of a document as they are written: `yes` stays `yes`, `1.10` stays `1.10`. */
export function sourceData(document: Document.Parsed): unknown {
  const read = (node: unknown): unknown => {
    if (isAlias(node)) return read(node.resolve(document));
    if (isMap(node)) {
      const result: Data = {};
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
        if (key === "<<") Object.assign(result, ...listOf(read(pair.value)).filter(isData));
        else result[key] = read(pair.value);
      }
      return result;
    }
    if (isSeq(node)) return node.items.map((item) => read(item as Node));
    if (!isScalar(node)) return null;
    if (node.value === null || node.value === undefined) return null;
    if (typeof node.value === "string") return node.value;
    return node.source ?? textOf(node.value);
  };
  return read(document.contents);
}

export function readPmx(data: Data): Pmx {
  const { name, description, keywords, type, documentation, recommended, authors, images, ...unknown } = data;
  return {
    name: textOf(name) ?? "",
    description: textOf(description) ?? "",
    keywords: words(keywords),
    type: textOf(type) ?? "",
    documentation: textOf(documentation) ?? "",
    recommended: isTrue(recommended),
    authors: words(authors),
    images: listOf(images).filter(isData).map(readImage),
    unknown,
  };
}

function readImage(data: Data): PmxImage {
  const {
    name,
    source,
    description,
    category,
    type,
    ports,
    expose,
    links,
    environment,
    volumes,
    volumes_from: volumesFrom,
    command,
    deployment,
    ...unknown
  } = data;
  const counts = isData(deployment) ? deployment["count"] : deployment;
  const count = Number(textOf(counts) ?? Number.NaN);
  return {
    name: textOf(name) ?? "",
    source: (textOf(source) ?? "").trim(),
    description: textOf(description) ?? "",
    category: textOf(category) ?? "",
    type: textOf(type) ?? "",
    ports: listOf(ports).flatMap(readPort),
    expose: listOf(expose).flatMap(
      (port) => (isData(port) ? textOf(port["container_port"]) : textOf(port)) ?? [],
    ),
    links: readLinks(links),
    environment: readEnvironment(environment),
    volumes: listOf(volumes).flatMap(readVolume),
    volumesFrom: listOf(volumesFrom).flatMap((from) => {
      const service = isData(from) ? textOf(from["service"] ?? from["name"]) : textOf(from);
      return service ?? [];
    }),
    command: Array.isArray(command) ? command.flatMap((word) => textOf(word) ?? []) : textOf(command),
    count: Number.isInteger(count) && count >= 0 ? count : null,
    unknown,
  };
}

function readPort(port: unknown): PmxImage["ports"] {
  if (!isData(port)) {
    const parsed = parsePort(textOf(port) ?? "");
    if (parsed === null) return [];
    const { hostIp, published, target, protocol } = parsed;
    return [{ hostInterface: hostIp ?? "", hostPort: published ?? "", containerPort: target, protocol }];
  }
  const containerPort = textOf(port["container_port"]) ?? "";
  if (containerPort === "") return [];
  const [plain = "", protocol] = containerPort.split("/");
  return [
    {
      hostInterface: textOf(port["host_interface"]) ?? "",
      hostPort: (textOf(port["host_port"]) ?? "").trim(),
      containerPort: plain.trim(),
      protocol: (textOf(port["proto"] ?? port["protocol"]) ?? protocol ?? "tcp").toLowerCase(),
    },
  ];
}

function readLinks(links: unknown): PmxImage["links"] {
  if (isData(links) && !("service" in links)) {
    return Object.entries(links).map(([service, alias]) => ({ service, alias: textOf(alias) ?? service }));
  }
  return listOf(links).flatMap((link) => {
    if (isData(link)) {
      const service = textOf(link["service"] ?? link["name"]) ?? "";
      return service === "" ? [] : { service, alias: textOf(link["alias"]) ?? service };
    }
    const [service = "", alias] = (textOf(link) ?? "").split(":");
    return service === "" ? [] : { service, alias: alias ?? service };
  });
}

function readEnvironment(environment: unknown): PmxImage["environment"] {
  const isPlainMap = isData(environment) && !("variable" in environment);
  const plain = isPlainMap || listOf(environment).every((entry) => !isData(entry));
  if (plain) return [...mapOf(environment)].map(([name, value]) => ({ name, value, required: false }));
  return listOf(environment).flatMap((entry) => {
    if (!isData(entry)) return [...mapOf(entry)].map(([name, value]) => ({ name, value, required: false }));
    const name = textOf(entry["variable"] ?? entry["name"] ?? entry["key"]);
    if (name === null)
      return [...mapOf(entry)].map(([key, value]) => ({ name: key, value, required: false }));
    return { name, value: textOf(entry["value"]), required: isTrue(entry["required"]) };
  });
}

function readVolume(volume: unknown): PmxImage["volumes"] {
  if (!isData(volume)) {
    const parsed = parseVolume(textOf(volume) ?? "");
    return parsed === null ? [] : [{ hostPath: parsed.source ?? "", containerPath: parsed.target }];
  }
  const containerPath = textOf(volume["container_path"] ?? volume["path"]) ?? "";
  return containerPath === "" ? [] : [{ hostPath: textOf(volume["host_path"]) ?? "", containerPath }];
}

/** A list, or a text with commas. */
function words(value: unknown): string[] {
  return listOf(value)
    .flatMap((item) => (textOf(item) ?? "").split(","))
    .map((word) => word.trim())
    .filter(Boolean);
}

function isTrue(value: unknown): boolean {
  return /^(?:true|yes|on|1|y)$/i.test(textOf(value) ?? "");
}
