import { BerthError } from "../vm.ts";

/** Variables as a file that Compose reads back to the very same values, whatever they hold. */
export function formatEnvFile(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${checkedName(name)}=${quoted(value, name)}\n`)
    .join("");
}

/**
 * Compose takes single-quoted text as it is, but has no way to put a single quote into it; in double quotes it
 * resolves backslashes and variables.
 */
function quoted(value: string, name: string): string {
  if (value.includes("\0")) throw invalid(`The value of ${name} holds a zero byte.`);
  if (!value.includes("'") && !value.endsWith("\\")) return `'${value}'`;
  const escaped = value
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("$", "\\$")
    .replaceAll("\n", "\\n");
  return `"${escaped}"`;
}

function checkedName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw invalid(`"${name}" cannot be the name of a variable.`);
}

function invalid(message: string): BerthError {
  return new BerthError({
    code: "invalid_variable",
    message,
    hint: "Use letters, digits and '_' in names, and text without zero bytes in values.",
  });
}
