import { randomInt } from "node:crypto";
import { createContext, runInContext } from "node:vm";
import type { TemplateMetadata, TemplateVariable } from "../../contract/index.ts";
import { compilePattern } from "../format/variable-checks.ts";
import { DetailedError } from "../../errors.ts";

/** Characters of generated secrets: none that a shell, an address or YAML takes for something else. */
const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
const DEFAULT_LENGTH = 24;
const MAX_VALUE = 20_000;
/** A pattern of a template's author may take this long on a value before it counts as not fitting. */
const PATTERN_TIMEOUT_MS = 200;

export interface RunValues {
  variables: Record<string, string>;
  secrets: Record<string, string>;
  /** Ports that are wanted, by variable; those that were not given may move. */
  ports: Map<string, { port: number; fixed: boolean; protocol: "tcp" | "udp" }>;
}

/**
 * The values of a run: those that were given, checked; else this import's own ones, else defaults; secrets that
 * nobody gave are made. Throws one `bad_values` that tells all that is wrong.
 */
export function resolveValues(
  metadata: TemplateMetadata,
  given: Readonly<Record<string, string>>,
  own: ReadonlyMap<string, string>,
): RunValues {
  const declared = metadata.variables ?? {};
  const wrong: Record<string, string> = {};
  const result: RunValues = { variables: {}, secrets: {}, ports: new Map() };
  for (const name of Object.keys(given)) {
    if (!(name in declared)) wrong[name] = "the template has no such variable";
  }
  for (const [name, variable] of Object.entries(declared)) {
    const value = given[name] ?? own.get(name) ?? null;
    if (variable.type === "secret") {
      const secret = value ?? madeSecret(variable);
      if (secret === null && variable.required !== false) wrong[name] = "a value is needed";
      result.secrets[name] = secret ?? "";
      continue;
    }
    const text = value ?? defaultOf(variable);
    if (text === null) {
      if (variable.required !== false) wrong[name] = "a value is needed";
      continue;
    }
    const problem = problemOf(variable, text);
    if (problem !== null) wrong[name] = problem;
    else if (variable.type === "port") {
      const protocol = variable.protocol === "udp" ? "udp" : "tcp";
      result.ports.set(name, { port: Number(text), fixed: given[name] !== undefined, protocol });
    } else result.variables[name] = variable.type === "boolean" ? String(isYes(text)) : text;
  }
  const names = Object.keys(wrong);
  if (names.length === 0) return result;
  throw new DetailedError(
    {
      code: "bad_values",
      message: `Some values do not fit: ${names.map((name) => `${name} (${wrong[name] ?? ""})`).join(", ")}.`,
      hint: "Give them as NAME=VALUE.",
    },
    { values: wrong },
  );
}

/** Why a value does not fit a variable; null where it does. */
function problemOf(variable: TemplateVariable, value: string): string | null {
  if (value.length > MAX_VALUE) return "it is too long";
  if (value.includes("\0")) return "it holds a character that no text holds";
  switch (variable.type) {
    case "port":
      return /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535
        ? null
        : "it is no port from 1 to 65535";
    case "number": {
      const number = Number(value);
      if (value.trim() === "" || !Number.isFinite(number)) return "it is no number";
      if (variable.minimum !== undefined && number < variable.minimum)
        return `it is less than ${variable.minimum}`;
      return variable.maximum !== undefined && number > variable.maximum
        ? `it is more than ${variable.maximum}`
        : null;
    }
    case "boolean":
      return /^(?:true|false|yes|no|on|off|1|0)$/i.test(value) ? null : "it is neither true nor false";
    case "choice": {
      const options = variable.options.map((option) =>
        String(typeof option === "object" ? option.value : option),
      );
      return options.includes(value) ? null : `it is none of ${options.join(", ")}`;
    }
    case "text":
      return variable.pattern === undefined || fits(variable.pattern, value)
        ? null
        : `it does not fit ${variable.pattern}`;
    default:
      return null;
  }
}

function isYes(value: string): boolean {
  return /^(?:true|yes|on|1)$/i.test(value);
}

function defaultOf(variable: TemplateVariable): string | null {
  if (!("default" in variable) || variable.default === undefined) return null;
  return String(variable.default);
}

/** A fresh secret; null where only its owner can know it. */
function madeSecret(variable: Extract<TemplateVariable, { type: "secret" }>): string | null {
  if (variable.generate === false) return null;
  return Array.from(
    { length: variable.length ?? DEFAULT_LENGTH },
    () => alphabet[randomInt(alphabet.length)],
  ).join("");
}

/** Whether a value fits; a pattern that never comes to an end counts as one that does not. */
function fits(pattern: string, value: string): boolean {
  const compiled = compilePattern(pattern);
  if (compiled === null) return false;
  try {
    // A regular expression can take years; only code in a context of its own can be stopped.
    const context = createContext({ source: compiled.source, value });
    return (
      runInContext("new RegExp(source, 'u').test(value)", context, { timeout: PATTERN_TIMEOUT_MS }) === true
    );
  } catch {
    return false;
  }
}
