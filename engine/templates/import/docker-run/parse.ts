import { isFlag, options, shortOptions } from "./options.ts";

/** A `docker run` that was taken apart. */
export interface ParsedRun {
  options: { name: string; value: string }[];
  image: string;
  command: string[];
  /** Options that `docker run` does not have, as they were written. */
  unknown: string[];
  line: number;
}

/** Takes the arguments of `docker run` apart; null where no image is named. */
export function parseRun(words: string[], line: number): ParsedRun | null {
  const result: ParsedRun = { options: [], image: "", command: [], unknown: [], line };
  let at = 0;
  while (at < words.length) {
    const word = words[at] ?? "";
    if (word === "--") {
      at += 1;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    at += word.startsWith("--")
      ? takeLong(word, words[at + 1], result)
      : takeShort(word, words[at + 1], result);
  }
  const image = words[at];
  if (image === undefined) return null;
  result.image = image;
  result.command = words.slice(at + 1);
  return result;
}

/** Takes a long option; answers how many words it has. */
function takeLong(word: string, next: string | undefined, result: ParsedRun): number {
  const equals = word.indexOf("=");
  const name = equals === -1 ? word : word.slice(0, equals);
  if (equals !== -1) {
    const value = word.slice(equals + 1);
    if (!(name in options)) result.unknown.push(word);
    else if (!isFlag(name)) result.options.push({ name, value });
    else if (!/^(?:false|0)$/i.test(value)) result.options.push({ name, value: "true" });
    return 1;
  }
  if (!(name in options)) {
    result.unknown.push(name);
    return 1;
  }
  if (isFlag(name)) {
    result.options.push({ name, value: "true" });
    return 1;
  }
  result.options.push({ name, value: next ?? "" });
  return 2;
}

/** Takes one-letter options, such as `-it`, `-p 80:80` or `-p80:80`. */
function takeShort(word: string, next: string | undefined, result: ParsedRun): number {
  for (let index = 1; index < word.length; index += 1) {
    const name = shortOptions[word[index] ?? ""];
    if (name === undefined) {
      result.unknown.push(`-${word[index] ?? ""}`);
      continue;
    }
    if (isFlag(name)) {
      result.options.push({ name, value: "true" });
      continue;
    }
    const attached = word.slice(index + 1).replace(/^=/, "");
    result.options.push({ name, value: attached === "" ? (next ?? "") : attached });
    return attached === "" ? 2 : 1;
  }
  return 1;
}
