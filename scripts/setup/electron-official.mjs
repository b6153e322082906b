import { createRequire } from "node:module";
import path from "node:path";
import { cacheDir, checkout } from "./paths.mjs";
import { unzip } from "./zip.mjs";

/**
 * What is used of `@electron/get`, the downloader that the `electron` package itself uses.
 * @typedef {{ downloadArtifact(details: Record<string, unknown>): Promise<string> }} ElectronGet
 */

// A machine without the way out must learn it within seconds, a slow line must not be cut off: so the limits
// are on silence, not on the whole download.
const timeoutMs = { lookup: 5000, connect: 6000, secureConnect: 8000, response: 15_000, socket: 30_000 };

/**
 * Downloads the official runtime, checked against the digests that the `electron` package carries, and unpacks
 * it. The verified zip stays in the cache, so that an interruption while unpacking does not fetch it again.
 * @param {string} version
 * @param {string} target
 * @param {import("./progress.mjs").Progress} progress
 */
export async function downloadOfficial(version, target, progress) {
  const load = createRequire(
    createRequire(path.join(checkout, "package.json")).resolve("electron/package.json"),
  );
  /** @type {ElectronGet} */
  const electronGet = load("@electron/get");
  /** @type {Record<string, string>} */
  const checksums = load("./checksums.json");

  progress.update(undefined, `downloading Electron ${version}`);
  // Its own progress bar holds the process for half a minute after a failure.
  process.env["ELECTRON_GET_NO_PROGRESS"] = "1";
  const archive = await electronGet.downloadArtifact({
    version,
    artifactName: "electron",
    platform: process.platform,
    arch: process.arch,
    checksums,
    cacheRoot: path.join(cacheDir(), "downloads", "electron"),
    downloadOptions: {
      timeout: timeoutMs,
      retry: { limit: 0 },
      quiet: true,
      /** @param {{ percent: number }} state */
      getProgressCallback: async (state) => progress.update(state.percent, `downloading Electron ${version}`),
    },
  });
  await unzip(archive, target, {
    onProgress: (fraction) => progress.update(fraction, `unpacking Electron ${version}`),
  });
}
