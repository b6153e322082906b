import { settingsPatchSchema, settingsSchema } from "../engine/contract/index.ts";
import type { SettingKey, SettingsPatch } from "../engine/contract/index.ts";
import { usageFailure } from "./failure.ts";

/** All keys in the order of the schema. */
export const settingKeys: readonly SettingKey[] = settingsSchema.keyof().options;

const listHint = "berth config list shows all settings.";

/** The key with this name; throws wrong usage for an unknown one. */
export function parseKey(name: string): SettingKey {
  const key = settingKeys.find((candidate) => candidate === name);
  if (key !== undefined) return key;
  const near = settingKeys.find(
    (candidate) => plain(candidate) === plain(name) || ending(candidate) === plain(name),
  );
  const hint = near === undefined ? listHint : `Did you mean ${near}? ${listHint}`;
  throw usageFailure(`There is no setting "${name}".`, hint);
}

/** Parses `key=value` arguments through the settings' schema; throws wrong usage at the first bad one. */
export function parsePairs(pairs: string[]): SettingsPatch {
  const values: Record<string, unknown> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    if (equals === -1) {
      throw usageFailure(`"${pair}" has no value.`, "Write it as KEY=VALUE, for example vm.cpus=4.");
    }
    const key = parseKey(pair.slice(0, equals));
    if (key in values) throw usageFailure(`${key} is given twice.`, "Give each setting once.");
    values[key] = parseValue(key, pair.slice(equals + 1));
  }
  return settingsPatchSchema.parse(values);
}

function parseValue(key: SettingKey, text: string): unknown {
  const schema = settingsSchema.shape[key];
  const outcome = schema.safeParse(typed(text, typeof schema.parse(undefined)));
  if (outcome.success) return outcome.data;
  const reasons = outcome.error.issues.map((issue) => issue.message).join("; ");
  throw usageFailure(`${key} cannot be "${text}": ${reasons}`, "Nothing was changed.");
}

/** The text as the type that the setting has; text that does not fit stays text, for the schema to refuse. */
function typed(text: string, type: string): unknown {
  if (type === "number") return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (type === "boolean" && ["true", "on", "yes"].includes(text)) return true;
  if (type === "boolean" && ["false", "off", "no"].includes(text)) return false;
  return text;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z.]/g, "");
}

function ending(key: SettingKey): string {
  return plain(key.slice(key.indexOf(".") + 1));
}
