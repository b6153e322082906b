import { isMap, isScalar, isSeq, parseDocument } from "yaml";
import { ITEM, isAllowed } from "./schema.ts";

/** Something wrong, by offsets in the text. */
export interface TextProblem {
  from: number;
  to: number;
  severity: "error" | "warning";
  message: string;
}

/** What can be told at once, without Docker: broken YAML, and keys that Compose does not know. */
export function problemsIn(text: string): TextProblem[] {
  const document = parseDocument(text, { prettyErrors: false, merge: true, logLevel: "error" });
  if (document.errors.length > 0) {
    return document.errors.map((error) => ({
      from: clamp(error.pos[0], text),
      to: clamp(Math.max(error.pos[1], error.pos[0] + 1), text),
      severity: "error",
      message: error.message.split("\n")[0] ?? error.message,
    }));
  }
  const problems: TextProblem[] = [];
  collect(document.contents, [], problems);
  return problems;
}

/** Offsets of a place that is told as line and column, both from 1. */
export function rangeOf(text: string, line: number, column: number): { from: number; to: number } {
  const lines = text.split("\n");
  const index = Math.min(Math.max(1, line), lines.length) - 1;
  const start = lines.slice(0, index).reduce((sum, one) => sum + one.length + 1, 0);
  const whole = lines[index] ?? "";
  const from = start + Math.min(column - 1, whole.length);
  const word = /^[\w.-]+/.exec(text.slice(from))?.[0].length ?? Math.max(0, whole.length - (column - 1));
  return { from, to: Math.max(from, from + word) };
}

function collect(node: unknown, path: readonly string[], problems: TextProblem[]): void {
  if (isSeq(node)) {
    for (const item of node.items) collect(item, [...path, ITEM], problems);
    return;
  }
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    if (!isScalar(key) || typeof key.value !== "string") continue;
    // A merge key, and extensions, which belong to whoever wrote them.
    if (key.value === "<<" || key.value.startsWith("x-")) continue;
    if (!isAllowed(path, key.value)) {
      const [from, to] = key.range ?? [0, 0];
      problems.push({ from, to, severity: "warning", message: `Compose knows no “${key.value}” here.` });
      continue;
    }
    collect(value, [...path, key.value], problems);
  }
}

function clamp(offset: number, text: string): number {
  return Math.min(Math.max(0, offset), text.length);
}
