import { escapeDollars } from "../../format/interpolation.ts";
import { type Data, dataOf } from "../../project/data.ts";
import { parseVolume } from "../../project/short-syntax.ts";
import { type ServiceParts, withoutEmpty } from "../service-parts.ts";

/** What a project gets from its services' options. */
export interface Shared {
  volumes: Data;
  networks: Data;
  /** The service that a container's name means; null where there is none. */
  find: (name: string) => string | null;
  link: (service: string, target: string, alias: string) => void;
}

/** What an option is taken into. */
export interface Taking {
  service: Data;
  key: string;
  shared: Shared;
  parts: ServiceParts;
  onlyPort: boolean;
}

export function takeVolume(value: string, { service, key, shared, parts }: Taking): void {
  // The folder that the command ran in is the template's.
  const local = value.replace(/^(?:\$\{?PWD\}?|%cd%|`pwd`)/i, ".");
  const mount = parseVolume(local);
  if (mount === null) {
    parts.warn(key, "--volume", `"${value}" is not a volume.`);
    return;
  }
  if (mount.source === null) {
    const name = `${key}-${
      mount.target
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, "-")
        .replaceAll(/^-+|-+$/g, "") || "data"
    }`;
    shared.volumes[name] = {};
    service["volumes"] = [...listIn(service, "volumes"), `${name}:${escapeDollars(mount.target)}`];
    return;
  }
  if (mount.type === "volume" && !mount.source.includes("$")) shared.volumes[mount.source] = {};
  // `$HOME` and the like are variables for Compose, too.
  service["volumes"] = [...listIn(service, "volumes"), local];
}

export function takeMount(value: string, { service, key, shared, parts }: Taking): void {
  const fields = new Map(value.split(",").map((field) => splitOnce(field)));
  const get = (...names: string[]) =>
    names.map((name) => fields.get(name)).find((found) => found !== undefined);
  const type = get("type") ?? "volume";
  const source = get("source", "src");
  const target = get("target", "destination", "dst");
  if (target === undefined) {
    parts.warn(key, "--mount", `"${value}" has no target.`);
    return;
  }
  if (type === "volume" && source !== undefined) shared.volumes[source] = {};
  const known = new Set([
    "type",
    "source",
    "src",
    "target",
    "destination",
    "dst",
    "readonly",
    "ro",
    "tmpfs-size",
  ]);
  const lost = [...fields.keys()].filter((field) => !known.has(field));
  if (lost.length > 0) parts.warn(key, "--mount", `${lost.join(", ")} of a mount was left out.`);
  const readOnly = get("readonly", "ro");
  const size = get("tmpfs-size");
  service["volumes"] = [
    ...listIn(service, "volumes"),
    withoutEmpty({
      type,
      source: source?.replace(/^\$\{?PWD\}?/i, "."),
      target: escapeDollars(target),
      read_only: readOnly !== undefined && readOnly !== "false" ? true : null,
      tmpfs: size === undefined ? null : { size },
    }),
  ];
}

export function takeNetwork(value: string, { service, shared, parts, key }: Taking): void {
  const name = value.startsWith("name=") ? (value.split(",")[0]?.slice(5) ?? "") : value;
  if (name.startsWith("container:")) {
    const target = shared.find(name.slice("container:".length));
    if (target === null) {
      parts.warn(key, "--network", `There is no container "${name.slice(10)}" among the commands.`);
      return;
    }
    service["network_mode"] = `service:${target}`;
  } else if (/^(?:host|none)$/.test(name)) service["network_mode"] = name;
  else if (name !== "bridge" && name !== "default") {
    shared.networks[name] = {};
    service["networks"] = { ...dataOf(service["networks"]), [name]: {} };
  }
}

export function addAlias(alias: string, { service }: Taking): void {
  const networks = dataOf(service["networks"]);
  const [network = "default"] = Object.keys(networks);
  const own = dataOf(networks[network]);
  const known = Array.isArray(own["aliases"]) ? own["aliases"] : [];
  service["networks"] = { ...networks, [network]: { ...own, aliases: [...(known as unknown[]), alias] } };
}

export function listIn(service: Data, key: string): unknown[] {
  const value = service[key];
  return Array.isArray(value) ? value : [];
}

export function splitOnce(text: string): [string, string] {
  const at = text.indexOf("=");
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
