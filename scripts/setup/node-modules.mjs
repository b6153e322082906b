import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { exec, lastLines } from "./exec.mjs";
import { checkout } from "./paths.mjs";
import { SetupProblem } from "./problem.mjs";

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, os?: string[], cpu?: string[] }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} LockFile
 */

/**
 * Why the dependencies must be installed, or undefined when node_modules holds what the lock file says. npm
 * writes its own record of what it installed last of all, so an interrupted installation is seen too.
 * @param {string} [dir]
 * @returns {string | undefined}
 */
export function dependencyGap(dir = checkout) {
  const wanted = readLock(path.join(dir, "package-lock.json"))?.packages;
  if (!wanted) {
    throw new SetupProblem(
      "package-lock.json is missing or damaged.",
      "Restore it: git checkout package-lock.json",
    );
  }
  const present = readLock(path.join(dir, "node_modules", ".package-lock.json"))?.packages;
  if (!present) return "not installed yet";
  for (const [name, locked] of Object.entries(wanted)) {
    if (name === "") continue;
    const found = present[name];
    if (found) {
      if (found.version !== locked.version || found.integrity !== locked.integrity) return `${name} changed`;
    } else if (!locked.optional || fitsHere(locked)) {
      return `${name} is missing`;
    }
  }
  return undefined;
}

/** @param {LockedPackage} locked */
function fitsHere(locked) {
  // Packages for another system are rightly absent; one that says nothing of systems may have been left out by
  // choice of its dependant, which npm alone can tell.
  if (!locked.os && !locked.cpu) return false;
  const os = !locked.os || locked.os.includes(process.platform);
  const cpu = !locked.cpu || locked.cpu.includes(process.arch);
  return os && cpu && !("libc" in locked);
}

/**
 * Installs the npm dependencies exactly as locked.
 * @param {import("./progress.mjs").Progress} progress
 */
export async function installDependencies(progress) {
  progress.update(undefined, "npm ci");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const result = await exec(npm, ["ci", "--no-audit", "--no-fund", "--prefer-offline"], { cwd: checkout });
  if (result.code === 0) return;
  // Without npm's record the next run knows that the folder is not complete.
  rmSync(path.join(checkout, "node_modules", ".package-lock.json"), { force: true });
  throw new SetupProblem(
    `The npm dependencies could not be installed: ${lastLines(result)}`,
    "Check that npm reaches its registry (npm ping) and that the disk has 2 GiB free, then run this again.",
  );
}

/**
 * @param {string} file
 * @returns {LockFile | undefined}
 */
function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
