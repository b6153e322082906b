import { type Data, isData, listOf, mapOf, textOf, textsOf } from "../../project/data.ts";
import { parsePort, parseVolume, type PortMapping } from "../../project/short-syntax.ts";

export interface PortainerVariable {
  name: string;
  label: string;
  description: string;
  /** Null where there is none. */
  default: string | null;
  /** Not asked for: the default is the value. */
  preset: boolean;
  select: { text: string; value: string; chosen: boolean }[];
}

/** One template of a Portainer file, of either version, in one spelling. */
export interface PortainerTemplate {
  kind: "container" | "stack";
  title: string;
  name: string;
  description: string;
  note: string;
  categories: string[];
  platform: string;
  logo: string;
  administratorOnly: boolean;
  image: string;
  registry: string;
  command: string | string[] | null;
  hostname: string;
  network: string;
  privileged: boolean;
  interactive: boolean;
  restartPolicy: string;
  ports: (PortMapping | null)[];
  portTexts: string[];
  volumes: { container: string; bind: string; readOnly: boolean }[];
  labels: Map<string, string | null>;
  environment: PortainerVariable[];
  repository: { url: string; file: string; reference: string | null } | null;
  stackAddress: string | null;
  /** The stack's own text, where the file brings it. */
  stackText: string | null;
  unknown: string[];
}

const known = new Set(
  (
    "type title name description note categories platform logo administrator_only image registry command hostname " +
    "network privileged interactive restart_policy ports volumes labels env repository stackfile stackFile id Id " +
    "fileContent stackFileContent"
  ).split(" "),
);

/** The templates of a Portainer file: version 1 is a bare list, later ones have `version` and `templates`. */
export function portainerEntries(data: unknown): Data[] | null {
  const list = isData(data) ? data["templates"] : data;
  return Array.isArray(list) ? list.filter(isData) : null;
}

export function readPortainer(data: Data): PortainerTemplate {
  const type = textOf(data["type"]) ?? "1";
  const repository = isData(data["repository"]) ? data["repository"] : null;
  const url = textOf(repository?.["url"]) ?? "";
  const stackfile = textOf(repository?.["stackfile"]) ?? textOf(data["stackfile"] ?? data["stackFile"]);
  const isStack =
    !/^(?:1|container)$/i.test(type) ||
    (textOf(data["image"]) === null && (url !== "" || stackfile !== null));
  const portTexts = listOf(data["ports"]).flatMap((port) => readPortText(port));
  return {
    kind: isStack ? "stack" : "container",
    title: textOf(data["title"]) ?? textOf(data["name"]) ?? "",
    name: textOf(data["name"]) ?? "",
    description: textOf(data["description"]) ?? "",
    note: textOf(data["note"]) ?? "",
    categories: textsOf(data["categories"]),
    platform: textOf(data["platform"]) ?? "",
    logo: textOf(data["logo"]) ?? "",
    administratorOnly: isTrue(data["administrator_only"]),
    image: (textOf(data["image"]) ?? "").trim(),
    registry: textOf(data["registry"]) ?? "",
    command: Array.isArray(data["command"]) ? textsOf(data["command"]) : textOf(data["command"]),
    hostname: textOf(data["hostname"]) ?? "",
    network: textOf(data["network"]) ?? "",
    privileged: isTrue(data["privileged"]),
    interactive: isTrue(data["interactive"]),
    restartPolicy: textOf(data["restart_policy"]) ?? "",
    ports: portTexts.map(parsePort),
    portTexts,
    volumes: listOf(data["volumes"]).flatMap(readVolume),
    labels: readLabels(data["labels"]),
    environment: listOf(data["env"]).flatMap(readVariable),
    repository:
      url === "" || stackfile === null
        ? null
        : {
            url,
            file: stackfile,
            reference: textOf(repository?.["reference"] ?? repository?.["referenceName"]),
          },
    stackAddress: url === "" && stackfile !== null && /^https?:\/\//.test(stackfile) ? stackfile : null,
    stackText: textOf(data["fileContent"] ?? data["stackFileContent"]),
    unknown: Object.keys(data).filter((key) => !known.has(key)),
  };
}

/** `80:80/tcp`, or an object of one name and one port as some collections write it. */
function readPortText(port: unknown): string[] {
  if (!isData(port)) return textsOf(port);
  return Object.values(port).flatMap((value) => textsOf(value));
}

function readVolume(volume: unknown): PortainerTemplate["volumes"] {
  if (!isData(volume)) {
    const parsed = parseVolume(textOf(volume) ?? "");
    return parsed === null
      ? []
      : [{ container: parsed.target, bind: parsed.source ?? "", readOnly: parsed.readOnly }];
  }
  const container = textOf(volume["container"]) ?? "";
  if (container === "") return [];
  const bind = textOf(volume["bind"]) ?? "";
  // Some collections put the mode behind the path.
  const [path = "", mode] = /^(.*):(ro|rw)$/.exec(bind)?.slice(1) ?? [bind];
  return [
    { container, bind: path, readOnly: isTrue(volume["readonly"] ?? volume["readOnly"]) || mode === "ro" },
  ];
}

function readLabels(labels: unknown): Map<string, string | null> {
  const result = new Map<string, string | null>();
  for (const label of listOf(labels)) {
    const name = isData(label) ? textOf(label["name"]) : null;
    if (isData(label) && name !== null) result.set(name, textOf(label["value"]) ?? "");
    else for (const [key, value] of mapOf(label)) result.set(key, value);
  }
  return result;
}

function readVariable(entry: unknown): PortainerVariable[] {
  if (!isData(entry)) {
    return [...mapOf(entry)].map(([name, value]) => ({
      name,
      label: "",
      description: "",
      default: value,
      preset: false,
      select: [],
    }));
  }
  const name = textOf(entry["name"]) ?? "";
  if (name === "") return [];
  const select = listOf(entry["select"])
    .filter(isData)
    .map((option) => ({
      text: textOf(option["text"]) ?? textOf(option["value"]) ?? "",
      value: textOf(option["value"]) ?? textOf(option["text"]) ?? "",
      chosen: isTrue(option["default"]),
    }));
  // Version 1 has `set` for a value that is not asked for.
  const set = textOf(entry["set"]);
  return [
    {
      name,
      label: textOf(entry["label"]) ?? "",
      description: textOf(entry["description"]) ?? "",
      default: set ?? textOf(entry["default"]) ?? select.find((option) => option.chosen)?.value ?? null,
      preset: isTrue(entry["preset"]) || set !== null,
      select,
    },
  ];
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true" || value === 1;
}
