import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { parse } from "yaml";
import { serviceHelp } from "./key-help.ts";
import { ITEM, keysAt, schemasAt, wordsAt } from "./schema.ts";
import { contextAt } from "./yaml-context.ts";

/** Lists of a service whose items are names from elsewhere in the file. */
const namedElsewhere: Readonly<Record<string, string>> = {
  depends_on: "services",
  links: "services",
  networks: "networks",
  secrets: "secrets",
  configs: "configs",
  volumes: "volumes",
};

/** Completes keys, words and names of a Compose file. */
export function completeCompose(context: CompletionContext): CompletionResult | null {
  const { doc } = context.state;
  const line = doc.lineAt(context.pos);
  const lines = doc.toString().split("\n");
  const place = contextAt(lines, line.number - 1, context.pos - line.from);
  if (place === null) return null;
  const word = context.pos - line.from - place.from;
  if (!context.explicit && word === 0 && place.kind === "key" && !/^\s*$/.test(line.text)) return null;
  const options =
    place.kind === "value"
      ? valuesAt(place.path)
      : [...namesAt(place.path, doc.toString()), ...keyOptions(place.path)];
  if (options.length === 0) return null;
  return { from: line.from + place.from, options, validFor: /^[\w./-]*$/ };
}

function keyOptions(path: readonly string[]): Completion[] {
  const inService = path.length === 2 && path[0] === "services";
  return [...keysAt(path)].map(([name, node]) => {
    const info = (inService ? serviceHelp[name] : undefined) ?? node.description;
    return {
      label: name,
      type: "property",
      apply: `${name}:${takesBlock(path, name) ? "" : " "}`,
      boost: inService && name in serviceHelp ? 1 : 0,
      ...(info === undefined ? {} : { info }),
    };
  });
}

function valuesAt(path: readonly string[]): Completion[] {
  return wordsAt(path).map((word) => ({ label: word, type: "enum" }));
}

/** Names of services, networks and so on, where a list of a service asks for them. */
function namesAt(path: readonly string[], text: string): Completion[] {
  const [first, service, list, step] = path;
  if (first !== "services" || list === undefined || (step !== undefined && step !== ITEM)) return [];
  const kind = namedElsewhere[list];
  if (kind === undefined) return [];
  return topLevelNames(text, kind)
    .filter((name) => name !== service)
    .map((name) => ({ label: name, type: "variable", boost: 2 }));
}

function topLevelNames(text: string, kind: string): string[] {
  try {
    const value: unknown = parse(text, { strict: false, logLevel: "silent" });
    const group: unknown = typeof value === "object" && value !== null ? Reflect.get(value, kind) : null;
    return typeof group === "object" && group !== null ? Object.keys(group) : [];
  } catch {
    // Half-typed text need not parse; then names are found by their place.
    const block = new RegExp(`^${kind}:\\s*\\n((?:[ \\t]+.*\\n|\\s*\\n)*)`, "m").exec(text)?.[1] ?? "";
    const indent = /^[ \t]+/.exec(block)?.[0] ?? "  ";
    return Array.from(block.matchAll(new RegExp(`^${indent}([\\w.-]+):`, "gm")), (match) => match[1] ?? "");
  }
}

/** Whether only a block can follow a key, which begins on the next line. */
function takesBlock(path: readonly string[], key: string): boolean {
  const types = schemasAt([...path, key]).flatMap((node) => node.type ?? []);
  return types.length > 0 && types.every((type) => type === "object" || type === "array");
}
