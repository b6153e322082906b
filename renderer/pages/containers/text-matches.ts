export interface TextPart {
  text: string;
  hit: boolean;
}

/** Where a text equals the query, from and up to; letters match in either case. */
export function hitsOf(text: string, query: string): [from: number, to: number][] {
  if (query === "") return [];
  return [...text.matchAll(literal(query))].map(({ index, 0: hit }) => [index, index + hit.length]);
}

/** A line in parts, those equal to the query marked. */
export function partsOf(text: string, query: string): TextPart[] {
  const parts: TextPart[] = [];
  let rest = 0;
  for (const [from, to] of hitsOf(text, query)) {
    if (from > rest) parts.push({ text: text.slice(rest, from), hit: false });
    parts.push({ text: text.slice(from, to), hit: true });
    rest = to;
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
