/** A published or only exposed port, from either of Compose's spellings; parts may hold variables. */
export interface PortMapping {
  hostIp: string | null;
  /** Port or range on the host; null where a free one is taken. */
  published: string | null;
  /** Port or range in the container. */
  target: string;
  protocol: string;
}

export interface Mount {
  type: "bind" | "volume" | "tmpfs" | "npipe" | "cluster" | "image";
  /** Host path, volume name, or null for an anonymous volume. */
  source: string | null;
  target: string;
  readOnly: boolean;
}

/** Splits at a sign, but not inside of `${…}` or of an IPv6 address in brackets. */
function splitOutside(text: string, sign: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let bracket = false;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text.startsWith("${", at)) depth += 1;
    else if (text[at] === "}" && depth > 0) depth -= 1;
    else if (text[at] === "[") bracket = true;
    else if (text[at] === "]") bracket = false;
    else if (text[at] === sign && depth === 0 && !bracket) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

/** `[HOST:]CONTAINER[/PROTOCOL]`, where HOST is `[IP:](PORT|RANGE)`; null where it is not a port. */
export function parsePort(text: string): PortMapping | null {
  const [address = "", protocol = "tcp", ...extra] = splitOutside(text.trim(), "/");
  if (extra.length > 0 || address === "") return null;
  let parts = splitOutside(address, ":");
  // An IPv6 address without brackets, as older Docker versions took it.
  if (parts.length > 3) parts = [parts.slice(0, -2).join(":"), ...parts.slice(-2)];
  const target = parts.at(-1) ?? "";
  if (target === "") return null;
  const published = parts.length > 1 ? (parts.at(-2) ?? "") : "";
  const hostIp = parts.length > 2 ? (parts[0] ?? "").replace(/^\[|\]$/g, "") : "";
  return {
    hostIp: hostIp === "" ? null : hostIp,
    published: published === "" ? null : published,
    target,
    protocol: protocol.toLowerCase(),
  };
}

/** First and last port of `80` or `8000-8010`; null for anything else, variables included. */
export function portRange(text: string): [number, number] | null {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text.trim());
  if (found === null) return null;
  const first = Number(found[1]);
  const last = Number(found[2] ?? found[1]);
  return first <= last ? [first, last] : null;
}

/** `[SOURCE:]TARGET[:MODE]`; null where it is not a volume. */
export function parseVolume(text: string): Mount | null {
  let parts = splitOutside(text.trim(), ":");
  // A Windows path begins with a drive's letter and a colon of its own.
  if (parts.length > 1 && /^[A-Za-z]$/.test(parts[0] ?? "") && /^[\\/]/.test(parts[1] ?? "")) {
    parts = [`${parts[0] ?? ""}:${parts[1] ?? ""}`, ...parts.slice(2)];
  }
  const [first = "", second, mode, ...extra] = parts;
  if (extra.length > 0 || first === "") return null;
  if (second === undefined) return { type: "volume", source: null, target: first, readOnly: false };
  const readOnly = (mode ?? "").split(",").includes("ro");
  return { type: isHostPath(first) ? "bind" : "volume", source: first, target: second, readOnly };
}

/** Whether the source of a short volume is a path of the host and not a volume's name. */
export function isHostPath(source: string): boolean {
  return /^(?:[./~\\]|[A-Za-z]:[\\/])/.test(source);
}

/** Whether a path stays in the template's folder. */
export function staysInside(relative: string): boolean {
  if (/^(?:[/~\\]|[A-Za-z]:)/.test(relative)) return false;
  let depth = 0;
  for (const part of relative.split(/[\\/]+/)) {
    if (part === "..") depth -= 1;
    else if (part !== "." && part !== "") depth += 1;
    if (depth < 0) return false;
  }
  return true;
}
