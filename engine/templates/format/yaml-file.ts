import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLError,
} from "yaml";
import type { TemplateFinding } from "../../contract/index.ts";
import { fileProblem, type Place, TemplateProblem } from "./problems.ts";

/** Nodes that a file may have once its aliases are followed; a bomb has millions. */
const MAX_EXPANDED_NODES = 200_000;
const MAX_DEPTH = 100;
/** Findings of one file that are worth reading. */
const MAX_FINDINGS = 20;

/** A YAML file that was read, with everything needed to name places in it. */
export interface YamlFile {
  name: string;
  text: string;
  documents: Document.Parsed[];
  lines: LineCounter;
}

/** Keys and indices that lead to a node. */
export type NodePath = readonly (string | number)[];

/** Reads YAML; throws a TemplateProblem that names the places of all mistakes. */
export function parseYaml(text: string, name: string): YamlFile {
  const { file, errors } = tryParseYaml(text, name);
  const [first, ...rest] = errors.map((error) => findingOfError(error, file));
  if (first !== undefined) throw new TemplateProblem([first, ...rest.slice(0, MAX_FINDINGS)]);
  checkExpansion(file);
  return file;
}

/** Reads YAML as far as it can be read; the caller decides about the mistakes. */
export function tryParseYaml(text: string, name: string): { file: YamlFile; errors: YAMLError[] } {
  const lines = new LineCounter();
  try {
    const parsed = parseAllDocuments(text, {
      lineCounter: lines,
      merge: true,
      // Compose refuses a key that comes twice, and so does this; tolerant readers look at the code.
      uniqueKeys: true,
      prettyErrors: false,
    });
    const documents = Array.isArray(parsed) ? parsed : [];
    const errors = documents.flatMap((document) => document.errors);
    // The parser reports its own stack's end as a mistake of the file.
    if (errors.some((error) => error.message.includes("call stack"))) throw tooDeep(name);
    return { file: { name, text, documents, lines }, errors };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw tooDeep(name, cause);
  }
}

/** The content of the file's only document; null where it is empty. */
export function onlyDocument(file: YamlFile): Document.Parsed | null {
  const filled = file.documents.filter((document) => document.contents !== null);
  if (filled.length > 1) {
    const second = filled[1]?.range[0] ?? 0;
    throw fileProblem(file.name, {
      code: "several_documents",
      message: "The file holds several YAML documents.",
      fix: "Put each document into a file of its own.",
      ...placeAt(file, second),
    });
  }
  return filled[0] ?? null;
}

/** Plain data of a document, aliases and merge keys resolved. */
export function plainData(document: Document.Parsed): unknown {
  // The size was checked by checkExpansion, which counts what this counts better.
  return document.toJS({ maxAliasCount: -1 });
}

export function placeAt(file: Pick<YamlFile, "name" | "lines">, offset: number): Place {
  const { line, col } = file.lines.linePos(Math.max(0, offset));
  return { file: file.name, line: Math.max(1, line), column: Math.max(1, col) };
}

/** The place of what a path names, or of the nearest thing around it; of a map's entry the place of its key. */
export function placeOf(file: YamlFile, document: Document.Parsed, path: NodePath): Place {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined || !isScalar(pair.key)) break;
      offset = pair.key.range?.[0] ?? offset;
      node = isNode(pair.value) ? pair.value : null;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(step)];
      if (!isNode(item)) break;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return placeAt(file, offset);
}

/** Refuses aliases that refer to themselves or blow up, and nesting without end. */
export function checkExpansion(file: YamlFile): void {
  for (const document of file.documents) {
    const sizes = new Map<Node, number>();
    const open = new Set<Node>();
    const measure = (node: unknown, depth: number): number => {
      if (!isNode(node)) return 0;
      if (depth > MAX_DEPTH) throw tooDeep(file.name);
      const known = sizes.get(node);
      if (known !== undefined) return known;
      if (open.has(node)) throw bomb(file, node, "refers to itself");
      open.add(node);
      let size = 1;
      if (isAlias(node)) {
        const target = node.resolve(document);
        if (target === undefined) throw noAnchor(file, node);
        size = measure(target, depth + 1);
      }
      if (isCollection(node)) {
        for (const item of node.items) {
          if (isPair(item)) size += measure(item.key, depth + 1) + measure(item.value, depth + 1);
          else size += measure(item, depth + 1);
        }
      }
      open.delete(node);
      if (size > MAX_EXPANDED_NODES) throw bomb(file, node, "grows beyond all bounds");
      sizes.set(node, size);
      return size;
    };
    measure(document.contents, 0);
  }
}

function noAnchor(file: YamlFile, alias: Alias): TemplateProblem {
  return fileProblem(file.name, {
    code: "yaml_aliases",
    message: `There is no anchor "${alias.source}" before this place.`,
    fix: "Define it with &, or put the text into quotes.",
    ...placeAt(file, alias.range?.[0] ?? 0),
  });
}

function bomb(file: YamlFile, node: Node, what: string): TemplateProblem {
  return fileProblem(file.name, {
    code: "yaml_aliases",
    message: `What this anchor or alias stands for ${what}.`,
    fix: "Write the values out, or use fewer aliases.",
    ...placeAt(file, node.range?.[0] ?? 0),
  });
}

function tooDeep(name: string, cause?: unknown): TemplateProblem {
  return fileProblem(
    name,
    {
      code: "yaml_too_deep",
      message: `The file nests lists and maps more than ${MAX_DEPTH} deep.`,
      fix: "Check brackets and indentation.",
    },
    cause,
  );
}

const fixes: Partial<Record<YAMLError["code"], string>> = {
  TAB_AS_INDENT: "Indent with spaces; YAML does not allow tabs there.",
  BAD_INDENT: "Check the spaces at the beginning of the line against the lines around it.",
  DUPLICATE_KEY: "Remove one of the two.",
  MISSING_CHAR: "Close the quote or the bracket, or put the whole text into quotes.",
  BLOCK_AS_IMPLICIT_KEY: "Put the text into quotes, because it holds a colon.",
  MULTILINE_IMPLICIT_KEY: "Check that a colon follows the key and that the quotes before it are closed.",
  BAD_SCALAR_START: "Put the text into quotes, because it begins with a sign that YAML reserves.",
  BAD_DQ_ESCAPE: "Write \\\\ for a backslash in double quotes, or use single quotes.",
  UNEXPECTED_TOKEN: "Check quotes, colons and indentation here.",
  BAD_ALIAS: "Put the text into quotes, or define the anchor before it is used.",
};

export function findingOfError(error: YAMLError, file: YamlFile): TemplateFinding {
  const unresolvedAlias = error.code === "BAD_ALIAS" || error.message.startsWith("Unresolved alias");
  return {
    severity: "error",
    code: error.code === "DUPLICATE_KEY" ? "yaml_duplicate_key" : "yaml_syntax",
    ...placeAt(file, error.pos[0]),
    path: "",
    message: sentence(error.message),
    fix: (unresolvedAlias ? fixes.BAD_ALIAS : fixes[error.code]) ?? "Correct the YAML here.",
  };
}

function sentence(text: string): string {
  const [line = ""] = text.split("\n");
  const trimmed = line.trim().replace(/[.:]$/, "");
  return `${trimmed.slice(0, 300)}.`;
}
