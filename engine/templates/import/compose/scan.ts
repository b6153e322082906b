import { type Document, isMap, isScalar, isSeq, type Scalar, type YAMLMap, type YAMLSeq } from "yaml";

import { textOf } from "../../project/data.ts";

/** A single value in a Compose file, with what leads to it. */
export interface Value {
  node: Scalar;
  text: string;
  /** Keys on the way, sequence items as `#`. */
  path: string[];
  /** Name of the service it belongs to; of shared parts outside of services, the part's name. */
  service: string;
  /** The list it is an item of. */
  list: YAMLSeq | null;
  /** The map it is a value in. */
  map: YAMLMap | null;
}

/** All single values of a file, each at the place where it is written; aliases are not followed. */
export function valuesOf(document: Document.Parsed): Value[] {
  const values: Value[] = [];
  const walk = (node: unknown, path: string[], list: YAMLSeq | null, map: YAMLMap | null) => {
    if (isMap(node)) {
      for (const pair of node.items) {
        if (!isScalar(pair.key)) continue;
        const key = String(pair.key.value);
        if (path.length === 0 && key === "x-berth") continue;
        walk(pair.value, [...path, key], null, node);
      }
    } else if (isSeq(node)) {
      for (const item of node.items) walk(item, [...path, "#"], node, null);
    } else if (isScalar(node) && node.value !== null && node.range) {
      const text = typeof node.value === "string" ? node.value : (node.source ?? textOf(node.value) ?? "");
      values.push({ node, text, path, service: serviceOf(path), list, map });
    }
  };
  walk(document.contents, [], null, null);
  return values;
}

function serviceOf(path: string[]): string {
  if (path[0] === "services" && path[1] !== undefined) return path[1];
  return (path[0] ?? "").replace(/^x-/, "");
}

/** The key under which a value stands, of list items the list's key. */
export function keyOf(value: Value): string {
  return value.path.findLast((step) => step !== "#") ?? "";
}

/** Name and value of an entry of an environment, in either spelling; null where it is none. */
export function environmentEntry(value: Value): { name: string; value: string; prefix: string } | null {
  const inEnvironment = value.path.some((step) => step === "environment" || step === "args");
  const inSharedPart = (value.path[0] ?? "").startsWith("x-");
  if (!inEnvironment && !inSharedPart) return null;
  if (value.list === null) return { name: keyOf(value), value: value.text, prefix: "" };
  const at = value.text.indexOf("=");
  if (at <= 0) return null;
  const name = value.text.slice(0, at);
  return /^[A-Za-z_][\w.-]*$/.test(name)
    ? { name, value: value.text.slice(at + 1), prefix: `${name}=` }
    : null;
}

/** Whether the value is an entry of a list of ports, or the published end of one. */
export function portRole(value: Value): "short" | "published" | null {
  const at = value.path.lastIndexOf("ports");
  if (at === -1 || at < 1) return null;
  const rest = value.path.slice(at + 1);
  if (rest.length === 1 && rest[0] === "#") return "short";
  return rest.length === 2 && rest[0] === "#" && rest[1] === "published" ? "published" : null;
}

/** Whether the value is a command that was written as one text. */
export function isCommandText(value: Value): boolean {
  const key = value.path.at(-1);
  return (
    value.path.length === 3 && value.path[0] === "services" && (key === "command" || key === "entrypoint")
  );
}
