import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout this script belongs to. */
export const checkout = fileURLToPath(new URL("../../", import.meta.url)).replace(/[\\/]$/, "");

/** Where the built program goes. */
export const distDir = path.join(checkout, "dist");

/**
 * @typedef {object} HostFacts what decides where things are kept
 * @property {NodeJS.Platform} platform
 * @property {string} home
 * @property {boolean} isRoot
 * @property {Readonly<Record<string, string | undefined>>} env
 */

/** @returns {HostFacts} */
export function hostFacts() {
  return {
    platform: process.platform,
    home: os.homedir(),
    isRoot: process.getuid?.() === 0,
    env: process.env,
  };
}

/**
 * The download and image cache, shared by all checkouts. `BERTH_CACHE` decides; without it root uses a system
 * folder that every user can read (tests run the window as an ordinary user), others a folder of their own.
 * @param {HostFacts} [facts]
 * @returns {string}
 */
export function cacheDir(facts = hostFacts()) {
  const { env, platform, home, isRoot } = facts;
  const configured = env["BERTH_CACHE"];
  if (configured) return path.resolve(configured);
  if (platform === "darwin") return path.join(home, "Library", "Caches", "berth");
  if (platform === "win32") {
    return path.join(env["LOCALAPPDATA"] ?? path.join(home, "AppData", "Local"), "berth", "cache");
  }
  if (isRoot) return "/var/cache/berth";
  return path.join(home, ".cache", "berth");
}
