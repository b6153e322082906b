import { mkdirSync, statfsSync } from "node:fs";
import { SetupProblem } from "./problem.mjs";

/**
 * Refuses to begin work that cannot fit.
 * @param {string} dir made if it is missing
 * @param {number} neededBytes
 * @param {string} what
 */
export function requireSpace(dir, neededBytes, what) {
  makeCacheDir(dir);
  const { bavail, bsize } = statfsSync(dir);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  throw new SetupProblem(
    `${what} needs ${gib(neededBytes)} in ${dir}, but only ${gib(freeBytes)} are free there.`,
    "Free some space, or put the cache elsewhere with BERTH_CACHE=/some/folder.",
  );
}

/**
 * @param {string} dir
 */
export function makeCacheDir(dir) {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new SetupProblem(
      `The cache folder ${dir} cannot be made.`,
      "Choose one that you may write to: BERTH_CACHE=/some/folder.",
      { cause: error },
    );
  }
}

/** @param {number} bytes */
function gib(bytes) {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
