/** One use of a variable in a text, in the Compose Specification's syntax (12-interpolation.md). */
export interface VariableUse {
  name: string;
  /** What follows the name in braces: `:-`, `-`, `:?`, `?`, `:+`, `+`; null for a plain use. */
  operator: ":-" | "-" | ":?" | "?" | ":+" | "+" | null;
  /** The default, message or replacement, as it is written. */
  argument: string;
  /** Where the use begins in the text, and where it ends. */
  start: number;
  end: number;
}

export interface Interpolation {
  uses: VariableUse[];
  /** Offset of a `$` that Compose would refuse; null where all is well. */
  invalidAt: number | null;
}

const nameStart = /[A-Za-z_]/;
const namePart = /[A-Za-z0-9_]/;
const operators = [":-", ":?", ":+", "-", "?", "+"] as const;

/** Finds all variables that Compose would put into a text. Uses inside of defaults come as well. */
export function findVariables(text: string): Interpolation {
  const uses: VariableUse[] = [];
  let invalidAt: number | null = null;
  let at = text.indexOf("$");
  while (at !== -1) {
    const next = text[at + 1];
    if (next === "$") {
      at = text.indexOf("$", at + 2);
      continue;
    }
    const use = readUse(text, at);
    if (use === null) {
      invalidAt ??= at;
      at = text.indexOf("$", at + 1);
      continue;
    }
    uses.push(use);
    if (use.argument !== "") {
      const inner = findVariables(use.argument);
      const offset = use.end - 1 - use.argument.length;
      uses.push(...inner.uses.map((one) => ({ ...one, start: one.start + offset, end: one.end + offset })));
      if (inner.invalidAt !== null) invalidAt ??= inner.invalidAt + offset;
    }
    at = text.indexOf("$", use.end);
  }
  return { uses, invalidAt };
}

/** Whether Compose would change the text at all. */
export function isInterpolated(text: string): boolean {
  return text.includes("$");
}

/** A literal as Compose needs it, so that its dollar signs stay. */
export function escapeDollars(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** What Compose makes of a text without variables. */
export function unescapeDollars(text: string): string {
  return text.replaceAll("$$", "$");
}

/** What Compose makes of a text, given its variables. */
export function interpolate(text: string, lookup: (name: string) => string | undefined): string {
  let result = "";
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf("$", at);
    if (dollar === -1) return result + text.slice(at);
    result += text.slice(at, dollar);
    if (text[dollar + 1] === "$") {
      result += "$";
      at = dollar + 2;
      continue;
    }
    const use = readUse(text, dollar);
    if (use === null) {
      result += "$";
      at = dollar + 1;
      continue;
    }
    result += valueOf(use, lookup);
    at = use.end;
  }
  return result;
}

function valueOf(use: VariableUse, lookup: (name: string) => string | undefined): string {
  const value = lookup(use.name);
  const given = value !== undefined && (value !== "" || !use.operator?.startsWith(":"));
  if (use.operator === ":-" || use.operator === "-") return given ? value : interpolate(use.argument, lookup);
  if (use.operator === ":+" || use.operator === "+") return given ? interpolate(use.argument, lookup) : "";
  return value ?? "";
}

function readUse(text: string, start: number): VariableUse | null {
  const braced = text[start + 1] === "{";
  let at = start + (braced ? 2 : 1);
  if (!nameStart.test(text[at] ?? "")) return null;
  const nameAt = at;
  while (namePart.test(text[at] ?? "")) at += 1;
  const name = text.slice(nameAt, at);
  if (!braced) return { name, operator: null, argument: "", start, end: at };
  if (text[at] === "}") return { name, operator: null, argument: "", start, end: at + 1 };
  const operator = operators.find((one) => text.startsWith(one, at));
  if (operator === undefined) return null;
  const argumentAt = at + operator.length;
  const close = closingBrace(text, argumentAt);
  if (close === null) return null;
  return { name, operator, argument: text.slice(argumentAt, close), start, end: close + 1 };
}

/** The brace that ends an argument; braces of uses inside of it are skipped. */
function closingBrace(text: string, from: number): number | null {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text.startsWith("${", at)) depth += 1;
    else if (text[at] === "}") {
      if (depth === 0) return at;
      depth -= 1;
    }
  }
  return null;
}
