import { splitWords } from "../words.ts";

/** One command line, as words, with the line on which it begins. */
export interface CommandLine {
  words: string[];
  line: number;
}

/** The commands of a script: lines, joined where they go on, without comments and prompts. */
export function commandLines(text: string): CommandLine[] {
  const commands: CommandLine[] = [];
  const lines = text.split(/\r?\n/);
  let at = 0;
  while (at < lines.length) {
    const first = at;
    let joined = lines[at] ?? "";
    at += 1;
    // A backslash, PowerShell's backtick or cmd's caret at the end: the command goes on.
    while (/[\\`^][ \t]*$/.test(joined) && at < lines.length) {
      joined = `${joined.replace(/[\\`^][ \t]*$/, "")} ${lines[at] ?? ""}`;
      at += 1;
    }
    while (hasOpenQuote(joined) && at < lines.length && at - first < 200) {
      joined += `\n${lines[at] ?? ""}`;
      at += 1;
    }
    const stripped = joined.replace(/^\s*(?:[$#>%]\s+)?/, "").trim();
    if (stripped === "" || joined.trimStart().startsWith("#") || /^```/.test(stripped)) continue;
    for (const part of separated(stripped)) commands.push({ words: part, line: first + 1 });
  }
  return commands;
}

function hasOpenQuote(text: string): boolean {
  if (text.trimStart().startsWith("#")) return false;
  try {
    splitWords(text);
    return false;
  } catch {
    return true;
  }
}

/** Commands on one line, between `&&`, `||`, `;` and `|`. */
function separated(line: string): string[][] {
  const { words } = splitWords(line.replaceAll(/\$\((?:pwd|PWD)\)/g, "$PWD"));
  const commands: string[][] = [[]];
  for (const word of words) {
    if (word === "&&" || word === ";" || word === "||" || word === "|" || word === "&") commands.push([]);
    else if (word.endsWith(";") && !word.startsWith("-") && word.length > 1) {
      commands.at(-1)?.push(word.slice(0, -1));
      commands.push([]);
    } else commands.at(-1)?.push(word);
  }
  return commands.filter((words) => words.length > 0);
}

/** What comes after `docker run`, `docker container run` or `docker create`; null for another command. */
export function runArguments(words: string[]): string[] | null {
  let rest = words;
  while (/^(?:sudo|nohup|exec|time)$/.test(rest[0] ?? "") || /^[A-Za-z_]\w*=/.test(rest[0] ?? "")) {
    rest = rest.slice(1);
    while (/^-\w/.test(rest[0] ?? "")) rest = rest.slice(1);
  }
  if (!/(?:^|[/\\])(?:docker|podman|nerdctl)(?:\.exe)?$/.test(rest[0] ?? "")) return null;
  rest = rest.slice(1);
  while (/^-/.test(rest[0] ?? ""))
    rest = rest.slice(/^(?:-H|-c|-l|--host|--context|--log-level)$/.test(rest[0] ?? "") ? 2 : 1);
  if (rest[0] === "container") rest = rest.slice(1);
  return rest[0] === "run" || rest[0] === "create" ? rest.slice(1) : null;
}
