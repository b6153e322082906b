import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { exec, lastLines } from "./exec.mjs";
import { projectEnv, projectNode } from "./node-runtime.mjs";
import { checkout, distDir } from "./paths.mjs";
import { SetupProblem } from "./problem.mjs";

const sources = [
  "berth.ts",
  "cli",
  "electron",
  "engine",
  "renderer",
  "resources",
  "scripts/build.mjs",
  "vm/host",
  "vite.config.ts",
  "tsconfig.json",
  "package.json",
  "package-lock.json",
];
const stampFile = path.join(distDir, "build.json");

/** Whether the program was built from other sources than those that are here now. */
export function distIsStale() {
  return !existsSync(stampFile) || readStamp() !== sourceHash(checkout, sources);
}

/**
 * Builds the program and notes what it was built from.
 * @param {import("./progress.mjs").Progress} progress
 */
export async function buildDist(progress) {
  progress.update(undefined, "bundling");
  const hash = sourceHash(checkout, sources);
  const result = await exec(projectNode(), [path.join(checkout, "scripts", "build.mjs")], {
    cwd: checkout,
    env: projectEnv(),
  });
  if (result.code !== 0) {
    throw new SetupProblem(
      `The program could not be built: ${lastLines(result)}`,
      "Run npm run build to see everything, correct it, then run this again.",
    );
  }
  await writeFile(stampFile, `${JSON.stringify({ hash })}\n`);
}

/**
 * Tells the built program where set-up put what it needs.
 * @param {{ imageDir: string, node: string }} places
 */
export async function writeEnvironment(places) {
  const file = path.join(distDir, "environment.json");
  const text = `${JSON.stringify(places, undefined, 2)}\n`;
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) await writeFile(file, text);
}

/**
 * One digest over the names and contents of files.
 * @param {string} root
 * @param {readonly string[]} entries files and folders; what does not exist counts as nothing
 */
function sourceHash(root, entries) {
  const hash = createHash("sha256");
  /** @param {string} name */
  const add = (name) => {
    const file = path.join(root, name);
    const info = statSync(file, { throwIfNoEntry: false });
    if (!info) return;
    if (info.isDirectory()) {
      for (const child of readdirSync(file).sort()) add(`${name}/${child}`);
      return;
    }
    hash.update(`${name}\0${info.size}\0`).update(readFileSync(file));
  };
  for (const entry of entries) add(entry);
  return hash.digest("hex");
}

function readStamp() {
  try {
    return String(JSON.parse(readFileSync(stampFile, "utf8")).hash);
  } catch {
    return "";
  }
}
