import { BerthError } from "../../vm.ts";

/** A command split into its words, as a shell would, but without any expansion. */
export interface Words {
  words: string[];
  /** Something that only a shell understands: a pipe, a redirection, a substitution. */
  needsShell: boolean;
}

/**
 * Splits a command line at white space outside of quotes (POSIX shell, 2.2). Variables stay as they are
 * written. A quote that never closes is a mistake.
 */
export function splitWords(command: string): Words {
  const words: string[] = [];
  let word: string | null = null;
  let quote = "";
  let needsShell = false;
  for (let at = 0; at < command.length; at += 1) {
    const sign = command[at] ?? "";
    if (quote === "'") {
      if (sign === "'") quote = "";
      else word = (word ?? "") + sign;
    } else if (quote === '"') {
      if (sign === '"') quote = "";
      else if (sign === "\\" && /["\\$`\n]/.test(command[at + 1] ?? "")) {
        at += 1;
        word = (word ?? "") + (command[at] === "\n" ? "" : (command[at] ?? ""));
      } else {
        if (sign === "`" || (sign === "$" && command[at + 1] === "(")) needsShell = true;
        word = (word ?? "") + sign;
      }
    } else if (sign === "'" || sign === '"') {
      quote = sign;
      word ??= "";
    } else if (sign === "\\") {
      at += 1;
      if (command[at] !== "\n") word = (word ?? "") + (command[at] ?? "");
    } else if (/\s/.test(sign)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      if (/[|&;<>()`]/.test(sign) || (sign === "$" && command[at + 1] === "(")) needsShell = true;
      word = (word ?? "") + sign;
    }
  }
  if (quote !== "") {
    throw new BerthError({
      code: "open_quote",
      message: `A ${quote === "'" ? "single" : "double"} quote in the command is never closed.`,
      hint: "Close it, or write \\ before a quote that is part of the text.",
    });
  }
  if (word !== null) words.push(word);
  return { words, needsShell };
}

export interface SplitCommand {
  arguments: string[];
  /** Whether the command counts on a shell, which nobody starts for it. */
  needsShell: boolean;
}

/** The arguments of a command that was written as one text; a quote that never closes is taken as it is. */
export function argumentsOf(command: string): SplitCommand {
  try {
    const { words, needsShell } = splitWords(command);
    return { arguments: words, needsShell };
  } catch {
    return { arguments: command.trim().split(/\s+/), needsShell: true };
  }
}
