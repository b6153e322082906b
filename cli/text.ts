/**
 * Characters that move the cursor, recolour, hide or reorder what follows on a terminal: C0 and C1
 * controls, direction marks and overrides, line and paragraph separators, lone surrogates.
 */
const unsafe = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** Terminal control sequences (ECMA-48 CSI and OSC), which a console log is full of. */
// eslint-disable-next-line no-control-regex -- the escape character is what is looked for
const controlSequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

/** Makes text written by strangers safe to print: unsafe characters appear as `\n` or `\u202e`. */
export function escapeText(text: string): string {
  return text.replace(unsafe, escapeCharacter);
}

/** A line of a log for people: colours dropped, tabs kept, everything else unsafe made visible. */
export function plainLogLine(text: string): string {
  const line = text.replace(controlSequence, "").replace(/\r+$/, "");
  return line.replace(unsafe, (character) => (character === "\t" ? character : escapeCharacter(character)));
}

/** JSON on one line, pure of characters that a terminal would act on. */
export function jsonLine(document: unknown): string {
  return JSON.stringify(document).replace(unsafe, unicodeEscape);
}

function escapeCharacter(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  return unicodeEscape(character);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const byteUnits = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** `1536` becomes `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${byteUnits[unit] ?? ""}`;
}

/** A short stretch of time, such as `0.4 s`, `12.3 s` or `2 min 5 s`. */
export function formatSeconds(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A long stretch of time in its largest unit: `40 seconds`, `5 minutes`, `3 days`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return count(seconds, "second");
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return count(minutes, "minute");
  const hours = Math.round(minutes / 60);
  return hours < 48 ? count(hours, "hour") : count(Math.round(hours / 24), "day");
}

/** `count(1, "image")` is `1 image`, `count(3, "image")` is `3 images`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

/** Rows under headings, in columns as wide as their widest cell. Cells must be safe to print. */
export function formatTable(headings: string[], rows: string[][]): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(headings), ...rows.map(line)].join("\n");
}
