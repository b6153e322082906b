import { settingInfo } from "../../engine/contract/index.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { parseKey, parsePairs, settingKeys } from "../setting-values.ts";
import { escapeText, formatTable } from "../text.ts";

/** Lists all settings. */
export async function list(context: Context): Promise<number> {
  const settings = await context.withEngine((client) => client.settings.get());
  await context.output.result(settings, () =>
    formatTable(
      ["KEY", "VALUE", "CHANGE APPLIES", "MEANING"],
      settingKeys.map((key) => [
        key,
        escapeText(String(settings[key])),
        settingInfo[key].effect === "now" ? "at once" : "after restart",
        settingInfo[key].help,
      ]),
    ),
  );
  return exitCodes.done;
}

/** Prints one setting: its bare value, with `--json` `{"key","value"}`. */
export async function get(context: Context, name: string): Promise<number> {
  const key = parseKey(name);
  const settings = await context.withEngine((client) => client.settings.get());
  await context.output.result({ key, value: settings[key] }, () => escapeText(String(settings[key])));
  return exitCodes.done;
}

/** Changes settings, all or none. */
export async function set(context: Context, pairs: string[]): Promise<number> {
  const patch = parsePairs(pairs);
  const { settings, needsRestart } = await context.withEngine((client) => client.settings.set(patch));
  const changed = settingKeys.filter((key) => key in patch);
  const document = { settings: Object.fromEntries(changed.map((key) => [key, settings[key]])), needsRestart };
  await context.output.result(document, () =>
    [
      ...changed.map((key) => `${key}=${escapeText(String(settings[key]))}`),
      ...(needsRestart.length === 0
        ? []
        : [`To apply ${needsRestart.map(escapeText).join(", ")}, restart the VM: berth restart`]),
    ].join("\n"),
  );
  return exitCodes.done;
}
