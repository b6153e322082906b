import { ITEM } from "./schema.ts";

/** Where the cursor stands in a YAML text, told by indentation alone, because half-typed text does not parse. */
export interface YamlContext {
  /** Keys from the root to the mapping or value; `[]` is a step into a list. */
  path: string[];
  kind: "key" | "value";
  /** Offset in the line at which the word before the cursor begins. */
  from: number;
  /** Whether the word stands in a list by itself, where it may be a key or a plain value. */
  item: boolean;
}

const keyLine = /^(\s*)((?:-\s+)*)("?[\w./-]+"?):(?:\s|$)/;

/** Null inside of comments and of what is not block style. */
export function contextAt(lines: readonly string[], lineIndex: number, column: number): YamlContext | null {
  const before = (lines[lineIndex] ?? "").slice(0, column);
  if (/(^|\s)#/.test(before) || /[[{]/.test(before)) return null;
  const value = /^(\s*)((?:-\s+)*)([\w./-]+):\s+(\S*)$/.exec(before);
  if (value) {
    const [all, indent = "", dashes = "", key = "", word = ""] = value;
    const path = [...parents(lines, lineIndex, indent.length, dashes), key];
    return { path, kind: "value", from: all.length - word.length, item: false };
  }
  const key = /^(\s*)((?:-\s+)*)([\w./-]*)$/.exec(before);
  if (!key) return null;
  const [all, indent = "", dashes = "", word = ""] = key;
  return {
    path: parents(lines, lineIndex, indent.length, dashes),
    kind: "key",
    from: all.length - word.length,
    item: dashes !== "",
  };
}

/** The path of the mapping or list that a line with this indentation belongs to. */
function parents(lines: readonly string[], lineIndex: number, indent: number, dashes: string): string[] {
  const own = steps(dashes);
  const path: string[] = [];
  /** What comes next must stand further left than this; a list may stand as far left as its key. */
  let limit = indent;
  let inList = own.length > 0;
  for (let index = lineIndex - 1; index >= 0; index -= 1) {
    const line = lines[index] ?? "";
    if (line.trim() === "" || line.trim().startsWith("#")) continue;
    const match = keyLine.exec(line);
    const at = /^\s*/.exec(line)?.[0].length ?? 0;
    const lineDashes = /^\s*((?:-\s+)*)/.exec(line)?.[1] ?? "";
    const keyAt = at + lineDashes.length;
    if (match && (keyAt < limit || (inList && keyAt === limit && lineDashes === ""))) {
      path.unshift((match[3] ?? "").replaceAll('"', ""));
      limit = keyAt;
      inList = false;
      if (lineDashes !== "") {
        path.unshift(...steps(lineDashes));
        limit = at;
        inList = true;
      }
    } else if (lineDashes !== "" && at < limit && keyAt === limit) {
      // A key beside the first one of a list's item.
      path.unshift(...steps(lineDashes));
      limit = at;
      inList = true;
    }
    if (limit === 0 && !inList) break;
  }
  return [...path, ...own];
}

function steps(dashes: string): string[] {
  return Array.from(dashes.matchAll(/-/g), () => ITEM);
}
