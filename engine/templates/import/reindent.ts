/**
 * Moves the further lines of quoted texts and of lists in brackets to the right of their key. libyaml takes
 * them wherever they begin; YAML itself (1.2.2, 8.1 and 7.3) wants them indented. White space at the beginning of such lines
 * has no meaning, so the content stays the same. Lines of block texts (`|`, `>`) are left alone.
 */
export function reindentContinuations(text: string): string {
  const lines = text.split("\n");
  const result: string[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    result.push(line);
    at += 1;
    const value = valueOf(line);
    if (value === null) continue;
    if (value.kind === "block") {
      while (at < lines.length && isPartOfBlock(lines[at] ?? "", value.parent)) {
        result.push(lines[at] ?? "");
        at += 1;
      }
      continue;
    }
    const end = closingLine(lines, at - 1, value.column);
    if (end === null) continue;
    for (; at <= end; at += 1) result.push(indented(lines[at] ?? "", value.parent + 2));
  }
  return result.join("\n");
}

interface LineValue {
  kind: "block" | "open";
  /** Column of the key, or of the dash, that the value belongs to. */
  parent: number;
  /** Column where the value begins. */
  column: number;
}

/** What the line's value is, where it may go on over further lines. */
function valueOf(line: string): LineValue | null {
  const lead = /^ */.exec(line)?.[0].length ?? 0;
  let column = lead;
  let parent = lead;
  for (
    let dash = /^-[ \t]+/.exec(line.slice(column));
    dash !== null;
    dash = /^-[ \t]+/.exec(line.slice(column))
  ) {
    parent = column;
    column += dash[0].length;
  }
  const key = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#'"[\]{}|>&*!%@`][^#]*?)[ \t]*:(?:[ \t]+|$)/.exec(
    line.slice(column),
  );
  if (key !== null) {
    parent = column;
    column += key[0].length;
  }
  const tag = /^(?:[!&][^\s]*[ \t]+)+/.exec(line.slice(column));
  if (tag !== null) column += tag[0].length;
  const rest = line.slice(column);
  if (/^[|>][-+0-9]*[ \t]*(?:#.*)?\r?$/.test(rest)) return { kind: "block", parent, column };
  return /^['"[{]/.test(rest) ? { kind: "open", parent, column } : null;
}

function isPartOfBlock(line: string, parent: number): boolean {
  return line.trim() === "" || (/^ */.exec(line)?.[0].length ?? 0) > parent;
}

/** The line on which a quote or bracket that begins at a column closes; null where it never does. */
function closingLine(lines: string[], first: number, column: number): number | null {
  let quote = "";
  let depth = 0;
  for (let at = first; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    for (let index = at === first ? column : 0; index < line.length; index += 1) {
      const sign = line[index] ?? "";
      if (quote !== "") {
        if (sign === "\\" && quote === '"') index += 1;
        else if (sign === quote && quote === "'" && line[index + 1] === "'") index += 1;
        else if (sign === quote) quote = "";
      } else if (sign === "'" || sign === '"') quote = sign;
      else if (sign === "[" || sign === "{") depth += 1;
      else if (sign === "]" || sign === "}") depth -= 1;
      if (quote === "" && depth <= 0) return at;
    }
  }
  return null;
}

function indented(line: string, columns: number): string {
  const lead = /^[ \t]*/.exec(line)?.[0] ?? "";
  if (line.trim() === "" || (lead.length >= columns && !lead.includes("\t"))) return line;
  return " ".repeat(columns) + line.slice(lead.length);
}
