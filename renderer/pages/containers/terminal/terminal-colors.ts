import type { ITheme } from "@xterm/xterm";

const NAMES = [
  "black",
  "red",
  "green",
  "yellow",
  "blue",
  "magenta",
  "cyan",
  "white",
  "brightBlack",
  "brightRed",
  "brightGreen",
  "brightYellow",
  "brightBlue",
  "brightMagenta",
  "brightCyan",
  "brightWhite",
] as const;

/** The window's colours for a terminal, out of its tokens. */
export function terminalColors(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    background: token("--ground"),
    foreground: token("--text"),
    cursor: token("--accent"),
    cursorAccent: token("--ground"),
    selectionBackground: token("--selection"),
    ...Object.fromEntries(NAMES.map((name, index) => [name, token(`--term-${index}`)])),
  };
}
