import type { Configuration, Mount, PortBinding } from "../contract/index.ts";

/** A value of a flag that is not written as it has to be; the message says how. */
export class ValueError extends Error {}

/** `512m`, `2g`, `1.5GiB`: in bytes (docker/go-units, RAMInBytes). */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text);
  if (!match) throw new ValueError("a size, for example 512m or 2g");
  const power = ["", "k", "m", "g", "t", "p"].indexOf((match[2] ?? "").toLowerCase());
  return Math.round(Number(match[1]) * 1024 ** power);
}

/** `1m30s`, `500ms`: in seconds (Go's time.ParseDuration). */
export function parseSeconds(text: string): number {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) {
    throw new ValueError("a duration, for example 30s or 1m30s");
  }
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? 0), 0);
}

export function parseNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) throw new ValueError("a number");
  return number;
}

export function parseWhole(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new ValueError("a whole number");
  return Number(text);
}

export function parseBoolean(text: string): boolean {
  if (/^(1|t|true)$/i.test(text)) return true;
  if (/^(0|f|false)$/i.test(text)) return false;
  throw new ValueError("true or false");
}

/** `[ADDRESS:][HOST]:CONTAINER[/PROTOCOL]`, each side a port or a range. */
export function parsePublish(text: string): PortBinding[] {
  const match =
    /^(?:(?:(\[[0-9a-fA-F:.]+\]|[\d.]+):)?(\d*(?:-\d+)?):)?(\d+(?:-\d+)?)(?:\/(tcp|udp|sctp))?$/.exec(text);
  if (!match)
    throw new ValueError("ports, for example 8080:80, 127.0.0.1:8080:80 or 5000-5002:5000-5002/udp");
  const [, address = "", host = "", container = "", protocol = "tcp"] = match;
  const inside = range(container);
  const outside = host === "" ? null : range(host);
  if (outside !== null && outside.length !== inside.length) {
    throw new ValueError("as many host ports as container ports");
  }
  const hostIp = address.replace(/^\[|\]$/g, "");
  return inside.map((containerPort, index) => ({
    hostIp: hostIp === "0.0.0.0" ? "" : hostIp,
    hostPort: outside?.[index] ?? null,
    containerPort,
    protocol: protocol as PortBinding["protocol"],
  }));
}

/** `80`, `80/udp`, `8000-8010` */
export function parseExpose(text: string): Configuration["expose"] {
  const match = /^(\d+(?:-\d+)?)(?:\/(tcp|udp|sctp))?$/.exec(text);
  if (!match) throw new ValueError("a port, for example 80 or 53/udp");
  const protocol = (match[2] ?? "tcp") as PortBinding["protocol"];
  return range(match[1] ?? "").map((containerPort) => ({ containerPort, protocol }));
}

function range(text: string): number[] {
  const [first = 0, last = first] = text.split("-").map(Number);
  if (first < 1 || last > 65_535 || last < first) throw new ValueError("ports from 1 to 65535");
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** `[SOURCE:]PATH[:OPTIONS]` */
export function parseVolume(text: string): Mount {
  const parts = text.split(":");
  const options =
    parts.length > 1 && !(parts.at(-1) ?? "").startsWith("/") ? (parts.pop() ?? "").split(",") : [];
  const [source, containerPath] = parts.length === 1 ? [null, parts[0]] : parts;
  if (parts.length > 2 || containerPath === undefined || !containerPath.startsWith("/")) {
    throw new ValueError("a volume, for example data:/var/lib/data or data:/var/lib/data:ro");
  }
  const unknown = options.find(
    (option) => !["ro", "rw", "z", "Z", "nocopy", "cached", "delegated", "consistent"].includes(option),
  );
  if (unknown !== undefined) throw new ValueError(`ro or rw behind the path, not ${unknown}`);
  return mountOf(source ?? null, containerPath, options.includes("ro"));
}

/** `type=…,source=…,target=…[,readonly]` */
export function parseMount(text: string): Mount {
  const fields = new Map(
    text.split(",").map((field) => {
      const at = field.indexOf("=");
      return at === -1 ? [field, "true"] : [field.slice(0, at), field.slice(at + 1)];
    }),
  );
  const known = [
    "type",
    "source",
    "src",
    "target",
    "destination",
    "dst",
    "readonly",
    "ro",
    "tmpfs-size",
    "tmpfs-mode",
    "bind-propagation",
    "volume-nocopy",
    "consistency",
  ];
  const unknown = [...fields.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) throw new ValueError(`fields that are known; ${unknown} is not`);
  const target = fields.get("target") ?? fields.get("destination") ?? fields.get("dst") ?? "";
  const source = fields.get("source") ?? fields.get("src") ?? null;
  const readOnly = parseBoolean(fields.get("readonly") ?? fields.get("ro") ?? "false");
  const type = fields.get("type") ?? "volume";
  if (!target.startsWith("/")) throw new ValueError("target=/path/in/the/container");
  if (type === "tmpfs") {
    const size = fields.get("tmpfs-size");
    return { type, containerPath: target, sizeBytes: size === undefined ? null : parseBytes(size) };
  }
  if (type === "bind") return mountOf(source ?? "", target, readOnly);
  if (type !== "volume") throw new ValueError("type=volume, bind or tmpfs");
  return {
    type,
    name: source === "" ? null : source,
    containerPath: target,
    readOnly,
    anonymousVolume: null,
  };
}

function mountOf(source: string | null, containerPath: string, readOnly: boolean): Mount {
  if (source === null) return { type: "volume", name: null, containerPath, readOnly, anonymousVolume: null };
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(source)) {
    return { type: "volume", name: source, containerPath, readOnly, anonymousVolume: null };
  }
  if (!source.startsWith("/")) throw new ValueError("a folder with its whole path, or the name of a volume");
  return { type: "bind", source, containerPath, readOnly };
}

/** `/path[:size=64m,…]` */
export function parseTmpfs(text: string): Mount {
  const [containerPath = "", options = ""] = text.split(/:(.*)/s);
  if (!containerPath.startsWith("/")) throw new ValueError("a path, for example /tmp:size=64m");
  const size = /(?:^|,)size=([^,]+)/.exec(options)?.[1];
  return { type: "tmpfs", containerPath, sizeBytes: size === undefined ? null : parseBytes(size) };
}

/** `SOURCE[:PATH[:PERMISSIONS]]` */
export function parseDevice(text: string): Configuration["advanced"]["devices"][number] {
  const [source = "", second, third] = text.split(":");
  const permissionsOnly = second !== undefined && third === undefined && /^[rwm]{1,3}$/.test(second);
  const containerPath = second === undefined || permissionsOnly ? source : second;
  if (!source.startsWith("/") || !containerPath.startsWith("/"))
    throw new ValueError("a device, for example /dev/fuse");
  return { source, containerPath, permissions: third ?? (permissionsOnly ? second : "rwm") };
}

/** `NAME=SOFT[:HARD]` */
export function parseUlimit(text: string): Configuration["advanced"]["ulimits"][number] {
  const match = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(text);
  if (!match) throw new ValueError("a limit, for example nofile=1024:2048");
  const soft = Number(match[2]);
  return { name: match[1] ?? "", soft, hard: match[3] === undefined ? soft : Number(match[3]) };
}

/** `no`, `always`, `unless-stopped`, `on-failure[:RETRIES]` */
export function parseRestart(text: string): Configuration["restart"] {
  const match = /^(?:(no|always|unless-stopped)|on-failure(?::(\d+))?)$/.exec(text);
  if (!match) throw new ValueError("no, always, unless-stopped or on-failure:3");
  const policy = (match[1] ?? "on-failure") as Configuration["restart"]["policy"];
  return { policy, maximumRetries: Number(match[2] ?? 0) };
}

/** `NAME=value`; a name alone is the empty value. */
export function parsePair(text: string): [string, string] {
  const at = text.indexOf("=");
  const name = at === -1 ? text : text.slice(0, at);
  if (name === "") throw new ValueError("NAME=value");
  return [name, at === -1 ? "" : text.slice(at + 1)];
}
