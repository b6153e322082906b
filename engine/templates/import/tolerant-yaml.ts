import type { YAMLError } from "yaml";
import { TemplateProblem } from "../format/problems.ts";
import { checkExpansion, findingOfError, placeAt, tryParseYaml, type YamlFile } from "../format/yaml-file.ts";
import { reindentContinuations } from "./reindent.ts";

export interface TolerantYaml {
  file: YamlFile;
  /** What had to be read another way than it is written, with the line. */
  repairs: string[];
}

/** Lines that may be repaired one by one. */
const MAX_LINE_REPAIRS = 40;

/**
 * Reads YAML that other parsers accept: text that goes on at the margin, tabs, keys that come twice (the last
 * one counts), values that should have been quoted. Throws the first reading's TemplateProblem when no repair
 * helps.
 */
export function parseTolerantYaml(original: string, name: string): TolerantYaml {
  const repairs: string[] = [];
  let text = original.replace(/^\uFEFF/, "");
  let { file, errors } = tryParseYaml(text, name);
  const firstErrors = errors.map((error) => findingOfError(error, file));
  const again = (repaired: string, note: string) => {
    if (repaired === text) return;
    const next = tryParseYaml(repaired, name);
    if (next.errors.filter(isSerious).length >= errors.filter(isSerious).length && errors.length > 0) return;
    text = repaired;
    ({ file, errors } = next);
    repairs.push(note);
  };
  if (errors.some(isSerious)) {
    again(text.replaceAll(controls, ""), "Characters that no text holds were left out.");
    again(
      reindentContinuations(text),
      "Text that goes on at the margin was taken as part of the value before.",
    );
    again(
      text.replaceAll(/^[ ]*\t[ \t]*/gm, expandTabs),
      "Tabs at the beginning of lines were read as spaces.",
    );
  }
  for (let count = 0; count < MAX_LINE_REPAIRS; count += 1) {
    const error = errors.find(isSerious);
    if (error === undefined) break;
    const { line } = placeAt(file, error.pos[0]);
    const before = text;
    for (const candidate of [line, line - 1]) {
      again(quoteLine(text, candidate), `Line ${candidate}: the value was read as if it were in quotes.`);
      if (text !== before) break;
    }
    if (text === before) break;
  }
  if (errors.some(isSerious)) {
    const [first, ...rest] = firstErrors;
    if (first !== undefined) throw new TemplateProblem([first, ...rest.slice(0, 20)]);
  }
  for (const error of errors) {
    const { line } = placeAt(file, error.pos[0]);
    repairs.push(
      error.code === "DUPLICATE_KEY"
        ? `Line ${line}: the key comes twice; the last one counts.`
        : `Line ${line}: ${error.message.split("\n")[0] ?? ""}`,
    );
  }
  checkExpansion(file);
  return { file, repairs };
}

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g;

/** Mistakes after which the content may not be what the author meant. */
function isSerious(error: YAMLError): boolean {
  return error.code !== "DUPLICATE_KEY" && error.code !== "BAD_DQ_ESCAPE";
}

function expandTabs(indentation: string): string {
  return indentation.replaceAll("\t", "  ");
}

/** Puts the plain value of a line into quotes; the same text where the line has none. */
function quoteLine(text: string, line: number): string {
  const lines = text.split("\n");
  const found = /^(\s*(?:- +)*(?:[\w.-]+:[ \t]+)?)([^\s'"|>&[{].*?)(\s*)$/.exec(lines[line - 1] ?? "");
  if (found === null) return text;
  const [, before = "", value = "", after = ""] = found;
  if (before.trim() === "") return text;
  lines[line - 1] = `${before}'${value.replaceAll("'", "''")}'${after}`;
  return lines.join("\n");
}
