import type { Document } from "yaml";
import { isScalar } from "yaml";
import type { ImportWarning } from "../../../contract/index.ts";
import { findVariables, isInterpolated, unescapeDollars } from "../../format/interpolation.ts";
import type { YamlFile } from "../../format/yaml-file.ts";
import { parsePort, portRange } from "../../project/short-syntax.ts";
import { findSecrets, findSecretsInText, isSecretName, type SecretPart } from "../../secrets/recognise.ts";
import type { ImportVariables } from "../variables.ts";
import { splitWords } from "../words.ts";
import { environmentEntry, isCommandText, keyOf, portRole, type Value, valuesOf } from "./scan.ts";
import { applyEdits, columnOf, extentOf, rewriteScalar, type TextEdit } from "./text-edits.ts";

/** Ranges of ports that are written out one by one. */
const MAX_RANGE = 32;

/**
 * Changes a Compose file where a template must differ from it, and nowhere else: literal secrets and fixed
 * host ports become variables, commands become lists of arguments. Comments, anchors and order stay.
 */
export class ComposeRewrite {
  readonly #variables: ImportVariables;
  readonly #warnings: ImportWarning[];
  readonly #files: { file: YamlFile; values: Value[] }[];

  constructor(files: YamlFile[], variables: ImportVariables, warnings: ImportWarning[]) {
    this.#variables = variables;
    this.#warnings = warnings;
    this.#files = files.map((file) => ({
      file,
      values: file.documents.flatMap((one: Document.Parsed) => valuesOf(one)),
    }));
    // Secrets are collected first, because one service's password is often another one's argument; those
    // that are a variable's whole value come before, because that variable names them best.
    for (const whole of [true, false]) {
      for (const { values } of this.#files) for (const value of values) this.#collect(value, whole);
    }
  }

  /** The changed text of a file. */
  rewritten(file: YamlFile): string {
    const values = this.#files.find((one) => one.file === file)?.values ?? [];
    const edits = values.flatMap((value) => this.#edit(value, values, file.text));
    return this.#withoutSecretsInComments(applyEdits(file.text, edits));
  }

  #collect(value: Value, wholeOnes: boolean): void {
    for (const part of secretsIn(value)) {
      const entry = environmentEntry(value);
      const whole = entry !== null && part.value === unescapeDollars(entry.value);
      if (whole !== wholeOnes) continue;
      const wanted = whole ? entry.name : `${entry?.name ?? value.service}_SECRET`;
      this.#variables.secret(part.value, wanted, value.service);
    }
    for (const use of findVariables(value.text).uses) {
      if (use.argument === "" || !isDefault(use.operator) || !isSecretUse(value, use.name)) continue;
      if (!this.#variables.values.has(use.name) && !use.argument.includes("$")) {
        this.#variables.values.set(use.name, use.argument);
      }
    }
  }

  #edit(value: Value, values: Value[], text: string): TextEdit[] {
    const role = portRole(value);
    if (role !== null) return this.#editPort(value, values, role, text);
    const changed = withAssumedFolder(value) ?? this.#withVariables(value);
    if (isCommandText(value)) {
      const list = this.#asArguments(value, text);
      if (list !== null) return [list];
    }
    if (changed === value.text) return [];
    const edit = rewriteScalar(value.node, text, changed);
    return edit === null ? [] : [edit];
  }

  /** The value's text with variables in the place of secrets. */
  #withVariables(value: Value): string {
    let result = replaceParts(value.text, secretsIn(value), (secret) =>
      this.#variables.secret(secret, "SECRET", ""),
    );
    for (const use of [...findVariables(result).uses].reverse()) {
      const kept = this.#variables.values.get(use.name);
      if (kept === undefined || !isDefault(use.operator) || use.argument !== kept) continue;
      result = `${result.slice(0, use.start)}\${${use.name}}${result.slice(use.end)}`;
    }
    if (keyOf(value) === "image") return result;
    return this.#withKnownSecrets(result, value.path);
  }

  /** Secrets found elsewhere that stand in this text, too. */
  #withKnownSecrets(text: string, path: string[]): string {
    let result = text;
    for (const [secret, name] of this.#variables.distinctiveSecrets()) {
      result = result.replaceAll(escapedDollars(secret), `\${${name}}`);
    }
    const isCommand = path.some((step) => step === "command" || step === "entrypoint" || step === "test");
    if (!isCommand) return result;
    for (const [secret, name] of this.#variables.secrets()) {
      // A plain word counts only where an option for passwords stands before it.
      const option = new RegExp(
        `((?:^|\\s)(?:-p|-a\\s+|-P\\s+|--pass(?:word)?[= ]|PGPASSWORD=)["']?)${escapeRegExp(secret)}(?=["'\\s]|$)`,
        "g",
      );
      result = result.replaceAll(option, (_, before: string) => `${before}\${${name}}`);
    }
    return result;
  }

  #asArguments(value: Value, text: string): TextEdit | null {
    const extent = extentOf(value.node, text);
    // What Compose's own splitting treats in a way of its own is left to it.
    if (extent === null || value.text.trim() === "" || /[$;&|<>()`\\]/.test(value.text)) return null;
    if (value.node.anchor !== undefined) return null;
    let words: string[];
    try {
      ({ words } = splitWords(value.text));
    } catch {
      return null;
    }
    const secretOptions = words.map((word, index) =>
      findSecretsInText(`${words[index - 1] ?? ""} ${word}`).some((part) => part.value === word)
        ? `\${${this.#variables.secret(word, `${value.service}_SECRET`, value.service)}}`
        : this.#withKnownSecrets(
            replaceParts(word, findSecretsInText(word), (secret) =>
              this.#variables.secret(secret, `${value.service}_SECRET`, value.service),
            ),
            value.path,
          ),
    );
    return {
      start: extent[0],
      end: extent[1],
      text: `[${secretOptions.map((word) => JSON.stringify(word)).join(", ")}]`,
    };
  }

  #editPort(value: Value, values: Value[], role: "short" | "published", text: string): TextEdit[] {
    const siblings = values.filter((other) => other.list === value.list && other.service === value.service);
    if (role === "published") {
      const range = portRange(value.text);
      if (range === null || range[0] !== range[1] || range[0] === 0) return [];
      const target = value.map?.get("target");
      const inside = Number(target);
      const protocol = value.map?.get("protocol");
      const name = this.#variables.port(
        `${value.service}_PORT_${Number.isInteger(inside) ? inside : range[0]}`,
        {
          default: range[0],
          service: value.service,
          target: Number.isInteger(inside) ? inside : null,
          protocol: typeof protocol === "string" ? protocol : "tcp",
        },
      );
      const edit = rewriteScalar(value.node, text, `\${${name}:-${range[0]}}`);
      return edit === null ? [] : [edit];
    }
    const entries = this.#portEntries(value, siblings.length === 1);
    const extent = extentOf(value.node, text);
    if (entries === null || extent === null) return [];
    const flow = value.list?.flow === true;
    const dash = text.lastIndexOf("-", extent[0]);
    const separator = flow ? ", " : `\n${" ".repeat(columnOf(text, dash))}- `;
    return [
      {
        start: extent[0],
        end: extent[1],
        text: entries.map((entry) => JSON.stringify(entry)).join(separator),
      },
    ];
  }

  /** What a port in short syntax becomes; null where it stays. */
  #portEntries(value: Value, only: boolean): string[] | null {
    const port = parsePort(value.text);
    if (port === null || port.published === null) return null;
    const outside = portRange(port.published);
    const inside = portRange(port.target);
    if (outside === null || outside[0] === 0) return null;
    const size = outside[1] - outside[0];
    if (inside === null || inside[1] - inside[0] !== size || size >= MAX_RANGE) {
      this.#warnings.push({
        service: value.service,
        field: "ports",
        message: `The ports ${port.published} stay fixed, because there is no variable for such a range.`,
      });
      return null;
    }
    const address =
      port.hostIp === null ? "" : `${port.hostIp.includes(":") ? `[${port.hostIp}]` : port.hostIp}:`;
    const suffix = port.protocol === "tcp" && !value.text.includes("/") ? "" : `/${port.protocol}`;
    return Array.from({ length: size + 1 }, (_, index) => {
      const target = inside[0] + index;
      const published = outside[0] + index;
      const wanted = only && size === 0 ? `${value.service}_PORT` : `${value.service}_PORT_${target}`;
      const protocol = port.protocol === "tcp" ? "" : `_${port.protocol}`;
      const name = this.#variables.port(`${wanted}${protocol}`, {
        default: published,
        service: value.service,
        target,
        protocol: port.protocol,
      });
      return `${address}\${${name}:-${published}}:${target}${suffix}`;
    });
  }

  #withoutSecretsInComments(text: string): string {
    let result = text;
    for (const [secret, name] of this.#variables.distinctiveSecrets()) {
      for (const written of [escapedDollars(secret), secret]) {
        if (!result.includes(written)) continue;
        const comment = new RegExp(`(#.*?)${escapeRegExp(written)}`, "g");
        result = result.replaceAll(comment, (_, before: string) => `${before}<${name}>`);
      }
    }
    return result;
  }
}

/** The literal secrets of a value; offsets are those of its text. */
function secretsIn(value: Value): SecretPart[] {
  if (!isScalar(value.node)) return [];
  const key = keyOf(value);
  if (key === "image" || portRole(value) !== null) return [];
  const entry = environmentEntry(value);
  const interpolated = isInterpolated(value.text) && findVariables(value.text).uses.length > 0;
  if (entry === null || interpolated) {
    // Inside of a variable's default nothing is cut out; the default as a whole is looked at.
    return findSecretsInText(value.text).filter((part) => !insideOfUse(value.text, part));
  }
  const offset = entry.prefix.length;
  return findSecrets(entry.name, entry.value).map((part) => ({
    ...part,
    start: part.start + offset,
    end: part.end + offset,
    value: unescapeDollars(part.value),
  }));
}

/**
 * A mount whose folder is a variable without a default, with a folder of the template as its default: without a
 * value Compose would refuse the whole file. Null where the value is no such mount.
 */
function withAssumedFolder(value: Value): string | null {
  const found = /^\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))(?=:|$)/.exec(value.text);
  const name = found?.[1] ?? found?.[2];
  if (found === null || name === undefined || value.path[0] !== "services" || !value.path.includes("volumes"))
    return null;
  const isShort = value.path.at(-1) === "#" && value.text.includes(":");
  if (!isShort && (keyOf(value) !== "source" || value.map?.get("type") !== "bind")) return null;
  return `\${${name}:-${assumedFolder(name)}}${value.text.slice(found[0].length)}`;
}

/** The folder that is mounted where nobody says which one. */
export function assumedFolder(variable: string): string {
  return `./${variable.toLowerCase()}`;
}

function insideOfUse(text: string, part: SecretPart): boolean {
  return findVariables(text).uses.some((use) => use.start < part.end && part.start < use.end);
}

/** Whether a variable holds a secret, by its own name or by the name of what it is put into. */
export function isSecretUse(value: Value, variable: string): boolean {
  if (isSecretName(variable)) return true;
  const entry = environmentEntry(value);
  return entry !== null && isSecretName(entry.name) && /^\$(?:\{[^}]*\}|\w+)$/.test(entry.value);
}

function replaceParts(text: string, parts: SecretPart[], nameOf: (secret: string) => string): string {
  let result = "";
  let at = 0;
  for (const part of parts) {
    if (part.start < at) continue;
    result += `${text.slice(at, part.start)}\${${nameOf(part.value)}}`;
    at = part.end;
  }
  return result + text.slice(at);
}

function isDefault(operator: string | null): boolean {
  return operator === ":-" || operator === "-";
}

function escapedDollars(text: string): string {
  return text.replaceAll("$", "$$$$");
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
