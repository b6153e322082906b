import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { download } from "./download.mjs";
import { exec, lastLines } from "./exec.mjs";
import { projectEnv, projectNode } from "./node-runtime.mjs";
import { cacheDir, checkout } from "./paths.mjs";
import { SetupProblem } from "./problem.mjs";
import { requireSpace } from "./space.mjs";

/**
 * @typedef {"amd64" | "arm64"} GuestArch
 * @typedef {object} Recipe what is used of vm/image/build.mjs
 * @property {(arch: GuestArch) => string} recipeHash
 * @property {(dir: string) => Promise<{ arch: string, recipeHash: string }>} verifyImage
 *
 * @typedef {object} ImagePlan where this machine's guest image is or comes from
 * @property {string} dir
 * @property {GuestArch} arch
 * @property {{ url: string, sha256: string } | undefined} prebuilt
 */

const builder = path.join(checkout, "vm", "image", "build.mjs");
const buildSteps = 12;

/**
 * A prebuilt image where one is configured, else the one of this checkout's recipe.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<ImagePlan>}
 */
export async function planImage(env = process.env) {
  const arch = process.arch === "arm64" ? "arm64" : "amd64";
  const url = env["BERTH_IMAGE_URL"];
  const sha256 = env["BERTH_IMAGE_SHA256"]?.toLowerCase();
  const images = path.join(cacheDir(), "images");
  if (url) {
    if (!sha256 || !/^[0-9a-f]{64}$/.test(sha256)) {
      throw new SetupProblem(
        "BERTH_IMAGE_URL names a prebuilt guest image, but BERTH_IMAGE_SHA256 does not hold its digest.",
        "Set BERTH_IMAGE_SHA256 to the archive's sha256 (64 hexadecimal digits), as published beside it.",
      );
    }
    return { dir: path.join(images, `prebuilt-${sha256}-${arch}`), arch, prebuilt: { url, sha256 } };
  }
  const { recipeHash } = await recipe();
  return { dir: path.join(images, `${recipeHash(arch)}-${arch}`), arch, prebuilt: undefined };
}

/**
 * Whether the image is there. It appears as a whole or not at all; the engine checks its files' digests.
 * @param {ImagePlan} plan
 */
export function imageIsPresent(plan) {
  return existsSync(path.join(plan.dir, "manifest.json"));
}

/**
 * Fetches or builds the image.
 * @param {ImagePlan} plan
 * @param {import("./progress.mjs").Progress} progress
 */
export async function obtainImage(plan, progress) {
  requireSpace(path.dirname(plan.dir), 3.5 * 1024 ** 3, "The guest image");
  if (plan.prebuilt) await fetchImage(plan, plan.prebuilt, progress);
  else await buildImage(plan, progress);
}

/**
 * @param {ImagePlan} plan
 * @param {{ url: string, sha256: string }} prebuilt
 * @param {import("./progress.mjs").Progress} progress
 */
async function fetchImage(plan, { url, sha256 }, progress) {
  const archive = path.join(cacheDir(), "downloads", `image-${sha256}.tar`);
  await download({ url, sha256, file: archive, what: "The guest image", progress });
  progress.update(undefined, "unpacking and checking the guest image");
  const work = `${plan.dir}.partial`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const unpacked = await exec("tar", ["-xf", archive, "-C", work]);
  if (unpacked.code !== 0) {
    throw new SetupProblem(
      `The prebuilt guest image cannot be unpacked: ${lastLines(unpacked)}`,
      "It must be a tar archive, plain or compressed with zstd (which needs the program zstd).",
    );
  }
  const dir = await folderOfManifest(work);
  const { recipeHash, verifyImage } = await recipe();
  const manifest = await verifyImage(dir).catch((/** @type {unknown} */ error) => {
    throw new SetupProblem(
      `The prebuilt guest image is not usable: ${error instanceof Error ? error.message : String(error)}`,
      "Use another prebuilt image, or unset BERTH_IMAGE_URL to build the image here.",
      { cause: error },
    );
  });
  if (manifest.arch !== plan.arch) {
    throw new SetupProblem(
      `The prebuilt guest image is for ${manifest.arch}, this computer needs ${plan.arch}.`,
      "Set BERTH_IMAGE_URL and BERTH_IMAGE_SHA256 to the image for this processor.",
    );
  }
  if (manifest.recipeHash !== recipeHash(plan.arch)) {
    progress.note("The prebuilt guest image comes from another version of the recipe than this checkout's.");
  }
  await rm(plan.dir, { recursive: true, force: true });
  await rename(dir, plan.dir);
  await rm(work, { recursive: true, force: true });
  await rm(archive, { force: true });
}

/**
 * @param {ImagePlan} plan
 * @param {import("./progress.mjs").Progress} progress
 */
async function buildImage(plan, progress) {
  if (process.platform !== "linux") {
    throw new SetupProblem(
      "The guest image can be built on Linux only.",
      "Set BERTH_IMAGE_URL and BERTH_IMAGE_SHA256 to a prebuilt image (docs/setup.md), then run this again.",
    );
  }
  let done = 0;
  const result = await exec(projectNode(), [builder, "--arch", plan.arch, "--out", plan.dir], {
    env: projectEnv(),
    onLine: (line) => {
      const begun = / …$/.exec(line);
      if (begun) progress.update(done / buildSteps, line.slice(0, begun.index));
      else if (/: [\d.]+ s$/.test(line)) done += 1;
    },
  });
  if (result.code !== 0) {
    throw new SetupProblem(
      `The guest image could not be built: ${lastLines(result)}`,
      "Correct what it names, then run this again: finished set-up steps are not repeated.",
    );
  }
}

/**
 * An archive holds the image's files directly or in one folder.
 * @param {string} dir
 */
async function folderOfManifest(dir) {
  if (existsSync(path.join(dir, "manifest.json"))) return dir;
  const [only, ...others] = await readdir(dir);
  return only !== undefined && others.length === 0 ? path.join(dir, only) : dir;
}

/** @returns {Promise<Recipe>} */
async function recipe() {
  return await import(pathToFileURL(builder).href);
}
