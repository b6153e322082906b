import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";
import type { ComposeProblem } from "../contract/index.ts";

export interface Position {
  line: number;
  column: number;
}

/** A Compose file as text with places: finds where in the text something stands. */
export class ComposeDocument {
  readonly file: string;
  readonly text: string;
  readonly problems: ComposeProblem[];
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      merge: true,
      // Compose's own tags (!reset, !override) are none of ours to judge.
      logLevel: "error",
    });
    this.problems = this.#document.errors.map((error) => ({
      severity: "error",
      message: sentence(error.message),
      file,
      ...this.#at(error.pos[0]),
    }));
  }

  /** Everything as plain data; null when the text is no YAML. */
  get value(): unknown {
    if (this.problems.length > 0) return null;
    try {
      const value: unknown = this.#document.toJS({ maxAliasCount: 1000 });
      return value;
    } catch {
      return null;
    }
  }

  /** Where the key of a path stands, or the nearest key above it that is there. */
  positionOf(path: readonly string[]): Position | null {
    let node: unknown = this.#document.contents;
    let found: Position | null = null;
    for (const key of path) {
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
        if (!pair || !isPair(pair)) break;
        found = this.#positionOfNode(pair.key) ?? found;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(key)];
        found = this.#positionOfNode(node) ?? found;
      } else break;
    }
    return found;
  }

  /** Splits `services.web.1.ports` into keys of this document: names may hold dots themselves. */
  pathOf(dotted: string): string[] {
    const words = dotted
      .replace(/\[(\d+)\]/g, ".$1")
      .split(".")
      .filter(Boolean);
    const path: string[] = [];
    let node: unknown = this.#document.contents;
    while (words.length > 0) {
      let taken = 1;
      for (let length = words.length; length > 1; length -= 1) {
        const name = words.slice(0, length).join(".");
        if (isMap(node) && node.has(name)) {
          taken = length;
          break;
        }
      }
      const key = words.splice(0, taken).join(".");
      path.push(key);
      if (isMap(node)) node = node.get(key, true);
      else if (isSeq(node)) node = node.get(Number(key), true);
      else node = null;
    }
    return path;
  }

  #positionOfNode(node: unknown): Position | null {
    if (!isNode(node)) return null;
    const range: Node["range"] = node.range;
    return range ? this.#at(range[0]) : null;
  }

  #at(offset: number): Position {
    const { line, col } = this.#lines.linePos(Math.min(offset, this.text.length));
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** Names of the variables that a Compose file uses (Compose Specification, interpolation); `$$` is a dollar. */
export function variablesOf(text: string): string[] {
  const names = new Set<string>();
  for (const [, escaped, braced, bare] of text.matchAll(/(\$\$)|\$\{([A-Za-z_]\w*)|\$([A-Za-z_]\w*)/g)) {
    if (escaped === undefined) names.add(braced ?? bare ?? "");
  }
  return [...names].sort();
}

function sentence(text: string): string {
  const line = text.split("\n")[0]?.trim() ?? text;
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
