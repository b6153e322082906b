const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/** Portainer's notes are HTML; what they say as markdown, without any tag. */
export function htmlToText(html: string): string {
  return html
    .replaceAll(/<(script|style)\b[^>]*>[\s\S]*?(?:<\/\1>|$)/gi, "")
    .replaceAll(/<a\b[^>]*?href\s*=\s*["'](https?:\/\/[^"'\s]*)["'][^>]*>([\s\S]*?)<\/a>/gi, "[$2]($1)")
    .replaceAll(/<\/?(?:b|strong)\b[^>]*>/gi, "**")
    .replaceAll(/<\/?(?:i|em)\b[^>]*>/gi, "*")
    .replaceAll(/<\/?code\b[^>]*>/gi, "`")
    .replaceAll(/<li\b[^>]*>/gi, "\n- ")
    .replaceAll(/<(?:br|\/p|\/div|\/h\d|\/ul|\/ol)\b[^>]*>/gi, "\n")
    .replaceAll(/<\/?[a-z!][^>]*>/gi, "")
    .replaceAll(/&(#?\w+);/g, (whole, name: string) => entities[name.toLowerCase()] ?? numeric(name) ?? whole)
    .replaceAll(/[ \t]+\n/g, "\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}

function numeric(name: string): string | null {
  const code = /^#(\d+)$/.exec(name)?.[1] ?? null;
  const hex = /^#x([0-9a-f]+)$/i.exec(name)?.[1] ?? null;
  const value = code !== null ? Number(code) : hex !== null ? Number.parseInt(hex, 16) : Number.NaN;
  return Number.isInteger(value) && value >= 32 && value <= 0x10ffff ? String.fromCodePoint(value) : null;
}
