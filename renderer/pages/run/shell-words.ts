/** Characters that mean nothing to a POSIX shell wherever they stand in a word. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** A word as it must be written for a POSIX shell (XCU 2.2) to read exactly this text. */
export function quoteWord(text: string): string {
  if (PLAIN.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The words of a command as a POSIX shell would split it; nothing is expanded. Null where a quote stays open.
 */
export function splitWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: "'" | '"' | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quote === "'") {
      if (character === "'") quote = null;
      else word += character;
    } else if (character === "\\") {
      const next = text.charAt(at + 1);
      if (next === "") return null;
      // Inside double quotes only these lose their meaning by a backslash.
      const kept: string = quote === '"' && !'"\\$`\n'.includes(next) ? `\\${next}` : next;
      word = (word ?? "") + (next === "\n" ? "" : kept);
      at += 1;
    } else if (quote === '"') {
      if (character === '"') quote = null;
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== null) return null;
  return word === null ? words : [...words, word];
}
