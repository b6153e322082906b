import { Document, Scalar, visit } from "yaml";
import type { ImportWarning, TemplateMetadata } from "../../contract/index.ts";
import { metadataData } from "../format/validate.ts";
import type { Data } from "../project/data.ts";

/** A template that was made from something else and is not written yet. */
export interface TemplateDraft {
  metadata: TemplateMetadata;
  /** The Compose file without its x-berth block. */
  compose: string;
  /** Further files of the template's folder, by their relative path. */
  files: Map<string, string | Uint8Array>;
  services: number;
  warnings: ImportWarning[];
  /** Original values of variables that are this import's own. */
  values: Map<string, string>;
}

/** The text of a draft's compose.yaml. */
export function composeText(draft: TemplateDraft): string {
  const metadata = yamlText({ "x-berth": metadataData(draft.metadata) });
  const compose = draft.compose.replace(/\n*$/, "\n");
  // A file that ends a document by itself would make a second one of what follows.
  const open = compose.replace(/\n\.\.\.[ \t]*\n$/, "\n");
  return `${open}\n${metadata}`;
}

/** Texts that some YAML reader takes for something else: numbers, dates, yes and no. */
const ambiguous = /^(?:[-+.\d~]|(?:y|n|yes|no|on|off|true|false|null)$)/i;

/** Data as YAML in the style of a file that people write, read alike by every version of YAML. */
export function yamlText(data: Data): string {
  const document = new Document(data, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === "string" && ambiguous.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** A folder's name made of a title. */
export function idFrom(title: string): string {
  const plain = title
    .normalize("NFKD")
    .replaceAll(/\p{M}+/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 50)
    .replace(/-+$/, "");
  // Names that Windows keeps for devices.
  if (plain === "" || /^(?:con|prn|aux|nul|com\d|lpt\d)$/.test(plain))
    return plain === "" ? "template" : `${plain}-app`;
  return plain;
}

/** Text for a field that holds one line of limited length; null where nothing is left. */
export function oneLine(text: string, limit = 300): string | null {
  const line = text.replaceAll(/\s+/g, " ").trim();
  if (line === "") return null;
  return line.length <= limit ? line : `${line.slice(0, limit - 1).trimEnd()}…`;
}

/** Short texts for lists such as keywords: trimmed, without doubles, within the format's limits. */
export function shortTexts(texts: Iterable<string>, most: number): string[] {
  const seen = new Set<string>();
  for (const text of texts) {
    const line = oneLine(text, 200);
    if (line !== null && seen.size < most) seen.add(line);
  }
  return [...seen];
}
