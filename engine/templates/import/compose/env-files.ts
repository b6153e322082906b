import path from "node:path";
import { decodeText } from "../../format/read-file.ts";
import { type Data, dataOf, isData, listOf, textOf } from "../../project/data.ts";
import { findSecrets } from "../../secrets/recognise.ts";
import { parseEnvFile } from "../env-file.ts";
import type { ImportVariables } from "../variables.ts";

/**
 * Takes the secrets out of env files that come along: Compose puts variables into their values, so each
 * secret becomes one.
 */
export function rewriteEnvFiles(
  data: Data,
  files: ReadonlyMap<string, Uint8Array>,
  variables: ImportVariables,
): Map<string, string | Uint8Array> {
  const result = new Map<string, string | Uint8Array>(files);
  for (const [service, value] of Object.entries(dataOf(data["services"]))) {
    for (const entry of listOf(dataOf(value)["env_file"])) {
      const named = isData(entry) ? textOf(entry["path"]) : textOf(entry);
      const name = path.posix.normalize(named ?? "");
      const bytes = files.get(name);
      if (bytes === undefined) continue;
      result.set(name, withoutSecrets(decodeText(bytes, name, true), service, variables));
    }
  }
  return result;
}

function withoutSecrets(text: string, service: string, variables: ImportVariables): string {
  let result = text;
  for (const [name, value] of parseEnvFile(text)) {
    const parts = findSecrets(name, value);
    if (parts.length === 0) continue;
    const [first] = parts;
    const whole = first !== undefined && first.start === 0 && first.end === value.length;
    let changed = value;
    for (const part of [...parts].reverse()) {
      const variable = variables.secret(part.value, whole ? name : `${name}_SECRET`, service);
      changed = `${changed.slice(0, part.start)}\${${variable}}${changed.slice(part.end)}`;
    }
    const line = new RegExp(
      `^([ \\t]*(?:export[ \\t]+)?${name.replaceAll(".", "\\.")}[ \\t]*(?:=|:[ \\t])).*$`,
      "gm",
    );
    result = result.replaceAll(line, (_, before: string) => `${before}${changed}`);
  }
  return result;
}
