export interface TextPart {
  text: string;
  hit: boolean;
}

/** A line in parts, those equal to the query marked; letters match in either case. */
export function partsOf(text: string, query: string): TextPart[] {
  if (query === "") return [{ text, hit: false }];
  const parts: TextPart[] = [];
  let rest = 0;
  for (const match of text.matchAll(literal(query))) {
    if (match.index > rest) parts.push({ text: text.slice(rest, match.index), hit: false });
    parts.push({ text: match[0], hit: true });
    rest = match.index + match[0].length;
  }
  if (rest < text.length || parts.length === 0) parts.push({ text: text.slice(rest), hit: false });
  return parts;
}

/** Indices of the lines that hold the query. */
export function matchingLines(lines: readonly { text: string }[], query: string): number[] {
  if (query === "") return [];
  const pattern = new RegExp(literal(query).source, "iu");
  return lines.flatMap((line, index) => (pattern.test(line.text) ? [index] : []));
}

function literal(query: string): RegExp {
  return new RegExp(query.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"), "giu");
}
