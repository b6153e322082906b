import { z } from "zod";
import { settingInfo, settingsSchema, type SettingKey } from "../../../engine/contract/schemas/settings.ts";

/** How a setting is edited, read off its schema. */
export type SettingControl =
  | { kind: "switch" }
  | { kind: "choice"; options: readonly { value: string; label: string }[] }
  | { kind: "number"; min: number; max: number; unit: string }
  | { kind: "text" };

const choiceLabels: Record<string, string> = {
  auto: "Automatic",
  hvf: "Apple Hypervisor",
  whpx: "Windows Hypervisor",
  kvm: "KVM",
  tcg: "Emulation",
  ask: "Ask each time",
  suspend: "Suspend it",
  pause: "Pause it",
  nothing: "Leave it alone",
  stop: "Stop it",
  keep: "Keep it running",
  system: "As the system",
  dark: "Dark",
  light: "Light",
  "127.0.0.1": "This computer only",
  "0.0.0.0": "Every network",
};

const units: readonly [suffix: string, unit: string][] = [
  ["MiB", "MiB"],
  ["GiB", "GiB"],
  ["Minutes", "min"],
];

/** The control for one setting. */
export function controlOf(key: SettingKey): SettingControl {
  const inner = settingsSchema.shape[key].def.innerType;
  if (inner instanceof z.ZodBoolean) return { kind: "switch" };
  if (inner instanceof z.ZodEnum) {
    return {
      kind: "choice",
      options: inner.options.map((value) => ({ value, label: choiceLabels[value] ?? value })),
    };
  }
  if (inner instanceof z.ZodNumber) {
    const unit = units.find(([suffix]) => key.endsWith(suffix))?.[1] ?? "";
    return { kind: "number", min: inner.minValue ?? 0, max: inner.maxValue ?? Number.MAX_SAFE_INTEGER, unit };
  }
  return { kind: "text" };
}

/** Groups and their settings in which every word of the query occurs. */
export function matchingSettings(query: string): readonly (readonly [string, readonly SettingKey[]])[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const groups = new Map<string, SettingKey[]>();
  for (const key of settingsSchema.keyof().options) {
    const info = settingInfo[key];
    const text = `${key} ${info.title} ${info.help} ${info.group}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    groups.set(info.group, [...(groups.get(info.group) ?? []), key]);
  }
  return [...groups];
}

/** What is wrong with a value, in one sentence, or null. */
export function settingProblem(key: SettingKey, value: unknown): string | null {
  const result = settingsSchema.shape[key].safeParse(value);
  if (result.success) return null;
  const control = controlOf(key);
  if (control.kind === "number") {
    return `Use a whole number from ${control.min} to ${control.max}${control.unit === "" ? "" : ` ${control.unit}`}.`;
  }
  return result.error.issues[0]?.message ?? "This value is not valid.";
}
