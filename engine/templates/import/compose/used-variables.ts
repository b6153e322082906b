import type { TemplateVariable } from "../../../contract/index.ts";
import { findVariables, type VariableUse } from "../../format/interpolation.ts";
import type { YamlFile } from "../../format/yaml-file.ts";
import { parsePort, parseVolume } from "../../project/short-syntax.ts";
import type { ImportVariables } from "../variables.ts";
import { assumedFolder, isSecretUse } from "./rewrite.ts";
import { keyOf, portRole, type Value, valuesOf } from "./scan.ts";

/** Declares the variables that a Compose file has already, with the type that their use suggests. */
export function declareUsedVariables(
  files: YamlFile[],
  variables: ImportVariables,
  environment: ReadonlyMap<string, string>,
): void {
  const seen = new Map<string, { use: VariableUse; value: Value }[]>();
  for (const file of files) {
    for (const value of file.documents.flatMap((document) => valuesOf(document))) {
      for (const use of findVariables(value.text).uses) {
        seen.set(use.name, [...(seen.get(use.name) ?? []), { use, value }]);
      }
    }
  }
  for (const [name, uses] of seen) {
    if (variables.declared.has(name) || name.startsWith("COMPOSE_")) continue;
    const given = environment.get(name);
    const written = uses.map(({ use }) => defaultOf(use)).find((value) => value !== null) ?? null;
    const original = given ?? written;
    const optional = uses.every(
      ({ use }) => use.operator === ":-" || use.operator === "-" || use.operator?.endsWith("+"),
    );
    const message = uses.find(({ use }) => use.operator === ":?" || use.operator === "?")?.use.argument;
    const help =
      message === undefined || message === "" || message.includes("$")
        ? {}
        : { help: message.slice(0, 2000) };
    if (uses.some(({ value }) => isSecretUse(value, name))) {
      if (given !== undefined && given !== "") variables.values.set(name, given);
      variables.declare(name, {
        type: "secret",
        ...help,
        ...(optional && !variables.values.has(name) ? { required: false } : {}),
      });
      continue;
    }
    variables.declare(name, {
      ...typeOf(uses, original),
      ...help,
      ...(optional && original === null ? { required: false } : {}),
    });
  }
}

function defaultOf(use: VariableUse): string | null {
  if (use.operator !== ":-" && use.operator !== "-") return null;
  return use.argument === "" || use.argument.includes("$") ? null : use.argument;
}

function typeOf(uses: { use: VariableUse; value: Value }[], original: string | null): TemplateVariable {
  const port = uses.map(({ use, value }) => portOf(use, value)).find((one) => one !== null) ?? null;
  const number = Number(original);
  if (port !== null && (original === null || (Number.isInteger(number) && number >= 1 && number <= 65_535))) {
    return { type: "port", ...(original === null ? {} : { default: number }), ...port };
  }
  if (uses.some(({ use, value }) => isSource(use, value))) {
    const plain = uses.find(({ use, value }) => isSource(use, value) && use.operator === null);
    const assumed = original ?? (plain === undefined ? null : assumedFolder(plain.use.name));
    return { type: "path", ...(assumed === null ? {} : { default: assumed }) };
  }
  if (original === "true" || original === "false") return { type: "boolean", default: original === "true" };
  return { type: "text", ...(original === null ? {} : { default: original }) };
}

/** The container's end of the port whose host's end a variable is; null where it is none. */
function portOf(use: VariableUse, value: Value): { service: string; target?: number } | null {
  const role = portRole(value);
  if (role === null) return null;
  const isWhole = (text: string | null) => text !== null && text.startsWith("$") && text.includes(use.name);
  if (role === "published") {
    const target = Number(value.map?.get("target"));
    return isWhole(value.text) ? { service: value.service, ...(target > 0 ? { target } : {}) } : null;
  }
  const port = parsePort(value.text);
  if (port === null || !isWhole(port.published)) return null;
  const target = Number(port.target);
  return { service: value.service, ...(Number.isInteger(target) && target > 0 ? { target } : {}) };
}

/** Whether a variable is where a mounted folder or file comes from. */
function isSource(use: VariableUse, value: Value): boolean {
  if (!value.path.includes("volumes") || value.path[0] !== "services") return false;
  if (keyOf(value) === "source") return value.text.includes(use.name);
  const source = parseVolume(value.text)?.source ?? null;
  return source !== null && source.startsWith("$") && source.includes(use.name);
}
