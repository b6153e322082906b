import { type Node, type Scalar } from "yaml";

/** A stretch of a file and what takes its place. */
export interface TextEdit {
  start: number;
  end: number;
  text: string;
}

/** The text with all edits made; of edits that overlap, the first one counts. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = "";
  let at = 0;
  for (const edit of [...edits].sort((left, right) => left.start - right.start || left.end - right.end)) {
    if (edit.start < at) continue;
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** Where a node's own text is, without white space and comments after it. */
export function extentOf(node: Node, text: string): [number, number] | null {
  const range = node.range;
  if (!range) return null;
  const [start, end] = range;
  const trimmed = text.slice(start, end).replace(/\s+$/, "");
  return [start, start + trimmed.length];
}

/** An edit that gives a scalar another text. Everything else of the file stays as it is. */
export function rewriteScalar(node: Scalar, text: string, value: string): TextEdit | null {
  const extent = extentOf(node, text);
  if (extent === null) return null;
  // A double-quoted text is JSON's string, and the same in every place where YAML allows a value.
  return { start: extent[0], end: extent[1], text: JSON.stringify(value) };
}

/** The column in which an offset stands, beginning at 0. */
export function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}
