import { EventEmitter } from "node:events";
import { readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import {
  type SettingKey,
  type Settings,
  type SettingsPatch,
  settingInfo,
  settingsSchema,
} from "../contract/index.ts";
import type { Problem } from "../contract/index.ts";
import { BerthError, type Logger, systemCode, writeFileAtomically } from "../vm.ts";
import { describeSettingProblem, isSettingKey } from "./describe.ts";

/**
 * The settings of a home, kept in `settings.json`. Only what differs from the defaults is written, so that
 * better defaults of a later version reach everybody who never chose.
 */
export class SettingsStore extends EventEmitter<{ change: [Settings] }> {
  readonly #file: string;
  readonly #logger: Logger;
  /** What the file holds, with keys we do not know (of a newer version, or mistyped): never thrown away. */
  #stored: Record<string, unknown> = {};
  #settings: Settings = settingsSchema.parse({});
  #problems: Problem[] = [];
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(file: string, logger: Logger) {
    super();
    this.#file = file;
    this.#logger = logger;
  }

  /** Reads the settings of a home. A damaged file is kept aside and defaults are used: see `problems`. */
  static async open(home: string, logger: Logger, now = new Date()): Promise<SettingsStore> {
    const store = new SettingsStore(path.join(home, "settings.json"), logger);
    await store.#load(now);
    return store;
  }

  get(): Settings {
    return this.#settings;
  }

  /** What is wrong with the settings file, for the status. */
  problems(): Problem[] {
    return this.#problems;
  }

  /** Changes some settings, all or none, on disk first. Returns the keys whose value changed. */
  async set(patch: SettingsPatch): Promise<SettingKey[]> {
    const done = this.#writing.then(() => this.#apply(patch));
    this.#writing = done.catch(() => undefined);
    return done;
  }

  /** Forgets everything that was ever chosen, unknown and damaged values too. */
  reset(): Promise<Settings> {
    const done = this.#writing.then(async () => {
      await rm(this.#file, { force: true });
      this.#stored = {};
      this.#problems = [];
      this.#settings = settingsSchema.parse({});
      this.emit("change", this.#settings);
      return this.#settings;
    });
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async #apply(patch: SettingsPatch): Promise<SettingKey[]> {
    const settings = settingsSchema.parse({ ...this.#settings, ...withoutUndefined(patch) });
    const changed = keysOf(settings).filter((key) => settings[key] !== this.#settings[key]);
    const stored = { ...this.#stored, ...withoutUndefined(patch) };
    try {
      await writeFileAtomically(this.#file, `${JSON.stringify(stored, null, 2)}\n`);
    } catch (cause) {
      throw new BerthError({
        code: "settings_not_saved",
        message: `The settings could not be saved in ${this.#file}; nothing was changed.`,
        hint: "Check that the disk has space and that the file is yours, then try again.",
        cause,
      });
    }
    this.#stored = stored;
    this.#settings = settings;
    this.#problems = this.#problems.filter(
      (problem) => !keysOf(patch).some((key) => problem.id.endsWith(`:${key}`)),
    );
    if (changed.length > 0) this.emit("change", settings);
    return changed;
  }

  async #load(now: Date): Promise<void> {
    let text: string;
    try {
      text = await readFile(this.#file, "utf8");
    } catch (cause) {
      if (systemCode(cause) === "ENOENT") return;
      throw new BerthError({
        code: "settings_not_readable",
        message: `The settings in ${this.#file} cannot be read.`,
        hint: "Check who owns the file.",
        cause,
      });
    }
    const parsed = parseObject(text);
    if (parsed === null) {
      await this.#setAside(now);
      return;
    }
    this.#stored = parsed;
    this.#settings = this.#accept(parsed);
  }

  /** Takes every good value; a bad one or an unknown key becomes a problem and stays in the file. */
  #accept(stored: Record<string, unknown>): Settings {
    const good: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(stored)) {
      const wrong = describeSettingProblem(key, value);
      if (wrong === null) {
        good[key] = value;
        continue;
      }
      this.#problems.push({ id: `settings:${key}`, severity: "problem", ...wrong });
      this.#logger.warn("setting ignored", { key, reason: wrong.message });
    }
    return settingsSchema.parse(good);
  }

  async #setAside(now: Date): Promise<void> {
    const aside = `${this.#file}.damaged-${now.toISOString().replaceAll(":", "")}`;
    await rename(this.#file, aside);
    this.#logger.warn("damaged settings file set aside", { aside });
    this.#problems.push({
      id: "settings:damaged",
      severity: "problem",
      message: `The settings file was damaged, so the default settings are in use. It is kept as ${aside}.`,
      hint: "Choose your settings again, or repair that file and copy it back to settings.json.",
    });
  }
}

/** Settings of a patch that take effect only when the VM starts anew. */
export function keysNeedingRestart(changed: SettingKey[]): SettingKey[] {
  return changed.filter((key) => isSettingKey(key) && settingInfo[key].effect === "restart");
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : null;
  } catch {
    return null;
  }
}

function withoutUndefined(patch: SettingsPatch): Partial<Record<SettingKey, unknown>> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}

function keysOf(settings: SettingsPatch): SettingKey[] {
  return Object.keys(settings).filter(isSettingKey);
}
