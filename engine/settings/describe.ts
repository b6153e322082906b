import { type SettingKey, settingInfo, settingsPatchSchema } from "../contract/index.ts";

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(settingInfo, key);
}

/** What is wrong with one setting, naming key and allowed values; null when it is fine. */
export function describeSettingProblem(
  key: string,
  value: unknown,
): { message: string; hint: string } | null {
  if (!isSettingKey(key)) {
    return {
      message: `The settings file has an unknown setting, "${key}"; it is ignored.`,
      hint: `Remove it from settings.json, or correct its name. Known are: ${Object.keys(settingInfo).join(", ")}.`,
    };
  }
  const checked = settingsPatchSchema.safeParse({ [key]: value });
  if (checked.success) return null;
  const reasons = checked.error.issues.map((issue) => issue.message).join("; ");
  return {
    message: `The setting ${key} cannot be ${JSON.stringify(value)}, so its default is in use. ${reasons}.`,
    hint: `Correct it: berth config set ${key}=VALUE.`,
  };
}
