import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { settingsPatchSchema } from "../../../engine/contract/index.ts";
import { keysNeedingRestart, SettingsStore } from "../../../engine/settings/index.ts";
import { MemoryLogger } from "./support/logger.ts";
import { temporaryFolder } from "./support/temporary.ts";

const logger = new MemoryLogger();

async function homeWith(text: string): Promise<string> {
  const home = await temporaryFolder();
  await writeFile(path.join(home, "settings.json"), text);
  return home;
}

describe("settings of a home", () => {
  it("are the defaults where nothing was chosen, and nothing is written", async () => {
    const home = await temporaryFolder();
    const store = await SettingsStore.open(home, logger);
    expect(store.get()).toMatchObject({ "vm.cpus": 2, "app.theme": "system" });
    expect(await readdir(home)).toEqual([]);
  });

  it("survive, and only what was chosen is written", async () => {
    const home = await temporaryFolder();
    const store = await SettingsStore.open(home, logger);
    expect(await store.set({ "vm.cpus": 4, "app.theme": "system" })).toEqual(["vm.cpus"]);
    expect(JSON.parse(await readFile(path.join(home, "settings.json"), "utf8"))).toEqual({
      "vm.cpus": 4,
      "app.theme": "system",
    });
    expect((await SettingsStore.open(home, logger)).get()["vm.cpus"]).toBe(4);
  });

  it("of a patch are those given: others keep their value", async () => {
    const store = await SettingsStore.open(await temporaryFolder(), logger);
    await store.set(settingsPatchSchema.parse({ "vm.cpus": 6 }));
    await store.set(settingsPatchSchema.parse({ "app.theme": "dark" }));
    expect(store.get()).toMatchObject({ "vm.cpus": 6, "app.theme": "dark" });
  });

  it("changed at the same time are all kept", async () => {
    const home = await temporaryFolder();
    const store = await SettingsStore.open(home, logger);
    await Promise.all([
      store.set({ "vm.cpus": 3 }),
      store.set({ "vm.memoryMiB": 4096 }),
      store.set({ "app.theme": "dark" }),
    ]);
    expect((await SettingsStore.open(home, logger)).get()).toMatchObject({
      "vm.cpus": 3,
      "vm.memoryMiB": 4096,
      "app.theme": "dark",
    });
  });

  it("say which need a restart", () => {
    expect(keysNeedingRestart(["vm.cpus", "app.theme", "network.httpProxy"])).toEqual([
      "vm.cpus",
      "network.httpProxy",
    ]);
  });
});

describe("a settings file that is not right", () => {
  it("with an unknown key: named with those that exist, and kept in the file", async () => {
    const home = await homeWith('{"vm.cpu": 4, "app.theme": "dark"}');
    const store = await SettingsStore.open(home, logger);
    expect(store.get()["app.theme"]).toBe("dark");
    const [problem] = store.problems();
    expect(problem?.message).toContain('"vm.cpu"');
    expect(problem?.hint).toContain("vm.cpus");
    await store.set({ "app.theme": "light" });
    expect(JSON.parse(await readFile(path.join(home, "settings.json"), "utf8"))).toMatchObject({
      "vm.cpu": 4,
    });
  });

  it("with a value that cannot be: named with the allowed ones, the rest used", async () => {
    const home = await homeWith('{"vm.accelerator": "warp", "vm.cpus": 8}');
    const store = await SettingsStore.open(home, logger);
    expect(store.get()).toMatchObject({ "vm.accelerator": "auto", "vm.cpus": 8 });
    const [problem] = store.problems();
    expect(problem?.message).toContain("vm.accelerator");
    expect(problem?.message).toContain('"warp"');
    expect(problem?.message).toContain("hvf");
    await store.set({ "vm.accelerator": "tcg" });
    expect(store.problems()).toEqual([]);
  });

  it.each(["{ not json", "[1, 2]", "null", ""])(
    "damaged (%j): kept aside, defaults used, and said",
    async (text) => {
      const home = await homeWith(text);
      const store = await SettingsStore.open(home, logger, new Date("2026-01-02T03:04:05Z"));
      expect(store.get()["vm.cpus"]).toBe(2);
      expect(store.problems()).toHaveLength(1);
      const [aside] = await readdir(home);
      expect(aside).toBe("settings.json.damaged-2026-01-02T030405.000Z");
      expect(await readFile(path.join(home, aside ?? ""), "utf8")).toBe(text);
      expect(store.problems()[0]?.message).toContain(aside ?? "");
    },
  );
});
