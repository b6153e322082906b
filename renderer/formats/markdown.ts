import { lexer, type MarkedToken, type Token } from "marked";
import { mayOpenOutside } from "../../engine/contract/outside-links.ts";

/** A piece of a document: text is only ever text, and no piece can hold markup of its author. */
export type MarkdownNode =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "block"; text: string }
  | { kind: "strong" | "emphasis" | "deleted" | "paragraph" | "quote"; children: readonly MarkdownNode[] }
  | { kind: "heading"; depth: number; children: readonly MarkdownNode[] }
  | { kind: "link"; href: string; children: readonly MarkdownNode[] }
  | { kind: "list"; start: number | null; items: readonly (readonly MarkdownNode[])[] }
  | {
      kind: "table";
      header: readonly (readonly MarkdownNode[])[];
      rows: readonly (readonly (readonly MarkdownNode[])[])[];
    }
  | { kind: "break" }
  | { kind: "rule" };

/** Longer documents are cut. */
const MAX_LENGTH = 200_000;
const entities: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  nbsp: "\u00a0",
  "#39": "'",
};

/**
 * Markdown of strangers as pieces to draw. HTML in it is left out but for its text, pictures become their
 * description, and links that may not be opened become text with the address behind it.
 */
export function parseMarkdown(markdown: string): readonly MarkdownNode[] {
  return nodesOf(lexer(markdown.slice(0, MAX_LENGTH)));
}

function nodesOf(tokens: readonly Token[]): MarkdownNode[] {
  return (tokens as MarkedToken[]).flatMap(nodeOf);
}

function nodeOf(token: MarkedToken): MarkdownNode[] {
  switch (token.type) {
    case "heading":
      return [{ kind: "heading", depth: token.depth, children: nodesOf(token.tokens) }];
    case "paragraph":
      return [{ kind: "paragraph", children: nodesOf(token.tokens) }];
    case "blockquote":
      return [{ kind: "quote", children: nodesOf(token.tokens) }];
    case "strong":
      return [{ kind: "strong", children: nodesOf(token.tokens) }];
    case "em":
      return [{ kind: "emphasis", children: nodesOf(token.tokens) }];
    case "del":
      return [{ kind: "deleted", children: nodesOf(token.tokens) }];
    case "text":
      return token.tokens === undefined ? [plain(token.text)] : nodesOf(token.tokens);
    case "escape":
      return [plain(token.text)];
    case "image":
      return token.text === "" ? [] : [plain(token.text)];
    case "codespan":
      return [{ kind: "code", text: token.text }];
    case "code":
      return [{ kind: "block", text: token.text }];
    case "html": {
      const text = withoutTags(token.text);
      return text === "" ? [] : [plain(text)];
    }
    case "link":
      return linkOf(token.href, nodesOf(token.tokens));
    case "list":
      return [
        {
          kind: "list",
          start: token.ordered ? (token.start === "" ? 1 : token.start) : null,
          items: token.items.map((item) => nodesOf(item.tokens)),
        },
      ];
    case "table":
      return [
        {
          kind: "table",
          header: token.header.map((cell) => nodesOf(cell.tokens)),
          rows: token.rows.map((row) => row.map((cell) => nodesOf(cell.tokens))),
        },
      ];
    case "br":
      return [{ kind: "break" }];
    case "hr":
      return [{ kind: "rule" }];
    default:
      return [];
  }
}

function linkOf(href: string, children: MarkdownNode[]): MarkdownNode[] {
  if (mayOpenOutside(href)) return [{ kind: "link", href, children }];
  const [only] = children;
  const isItself = children.length === 1 && only?.kind === "text" && only.text === href;
  return isItself || !/^https?:/i.test(href) ? children : [...children, plain(` (${href})`)];
}

function plain(text: string): MarkdownNode {
  const decoded = text.replace(
    /&(amp|lt|gt|quot|nbsp|#39);/g,
    (whole, name: string) => entities[name] ?? whole,
  );
  return { kind: "text", text: decoded };
}

function withoutTags(html: string): string {
  return html
    .replace(/<!--[\s\S]*?(?:-->|$)/g, "")
    .replace(/<(script|style)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, "")
    .replace(/<[^>]*>?/g, " ")
    .trim();
}
