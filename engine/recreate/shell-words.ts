/** A word of a command line and the characters it was written with (0-based, `to` exclusive). */
export interface ShellWord {
  text: string;
  from: number;
  to: number;
}

export interface ShellProblem {
  message: string;
  from: number;
  to: number;
}

/**
 * Takes a POSIX command line apart (XCU 2.2 and 2.3: quotes, backslashes, continued lines, comments). What a shell
 * would compute (`$NAME`, `$(…)`, backquotes) and what would end the command (`;`, `|`, `&`, `<`, `>`) are problems.
 */
export function shellWords(line: string): { words: ShellWord[]; problems: ShellProblem[] } {
  const reader = new WordReader(line);
  return { words: reader.read(), problems: reader.problems };
}

class WordReader {
  readonly problems: ShellProblem[] = [];
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  read(): ShellWord[] {
    const words: ShellWord[] = [];
    for (;;) {
      this.#skipSpace();
      if (this.#at >= this.#line.length) return words;
      const character = this.#line.charAt(this.#at);
      if (";|&<>()".includes(character)) {
        this.#problem(
          `Only one command is read: "${character}" cannot be part of it.`,
          this.#at,
          this.#at + 1,
        );
        return words;
      }
      words.push(this.#word());
    }
  }

  #skipSpace(): void {
    for (;;) {
      const rest = this.#line.slice(this.#at);
      const space = /^(?:\s+|\\\r?\n|\\$|#[^\n]*)/.exec(rest);
      if (space === null) return;
      this.#at += space[0].length;
    }
  }

  #word(): ShellWord {
    const from = this.#at;
    let text = "";
    while (this.#at < this.#line.length) {
      const character = this.#line.charAt(this.#at);
      if (/[\s;|&<>()]/.test(character)) break;
      if (character === "'") text += this.#singleQuoted();
      else if (character === '"') text += this.#doubleQuoted();
      else if (character === "\\") text += this.#escaped();
      else text += this.#plain();
    }
    return { text, from, to: this.#at };
  }

  #singleQuoted(): string {
    const end = this.#line.indexOf("'", this.#at + 1);
    if (end === -1) return this.#unclosed("'");
    const text = this.#line.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  #doubleQuoted(): string {
    const from = this.#at;
    let text = "";
    this.#at += 1;
    while (this.#at < this.#line.length) {
      const character = this.#line.charAt(this.#at);
      if (character === '"') {
        this.#at += 1;
        return text;
      }
      if (character === "\\" && /^\\["\\$`\n]/.test(this.#line.slice(this.#at))) text += this.#escaped();
      else text += this.#plain();
    }
    this.#at = from;
    return this.#unclosed('"');
  }

  #escaped(): string {
    const next = this.#line.charAt(this.#at + 1);
    this.#at += 2;
    if (next === "\r" && this.#line.charAt(this.#at) === "\n") {
      this.#at += 1;
      return "";
    }
    return next === "\n" ? "" : next;
  }

  #plain(): string {
    const rest = this.#line.slice(this.#at);
    const computed = /^(?:\$\{[^}]*\}?|\$\([^)]*\)?|\$[A-Za-z_][A-Za-z0-9_]*|\$[0-9@*#?!$-]|`[^`]*`?)/.exec(
      rest,
    );
    if (computed === null) {
      this.#at += 1;
      return rest.charAt(0);
    }
    const [text] = computed;
    this.#problem(
      `What ${text} stands for is not known here: write the value.`,
      this.#at,
      this.#at + text.length,
    );
    this.#at += text.length;
    return text;
  }

  #unclosed(quote: string): string {
    this.#problem(`The quote ${quote} is not closed.`, this.#at, this.#line.length);
    const text = this.#line.slice(this.#at + 1);
    this.#at = this.#line.length;
    return text;
  }

  #problem(message: string, from: number, to: number): void {
    this.problems.push({ message, from, to });
  }
}
