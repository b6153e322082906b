import { existsSync } from "node:fs";
import path from "node:path";
import { checkout } from "./paths.mjs";

const binDir = path.join(checkout, "node_modules", ".bin");

/**
 * The Node.js that everything after `npm ci` runs on: the pinned one among the dependencies, else (on a system
 * that it is not made for) the one that runs now.
 */
export function projectNode() {
  const pinned = path.join(binDir, process.platform === "win32" ? "node.exe" : "node");
  return existsSync(pinned) ? pinned : process.execPath;
}

/**
 * The environment for children: the checkout's programs come first on the PATH.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function projectEnv(env = process.env) {
  return { ...env, PATH: [binDir, env["PATH"] ?? ""].join(path.delimiter) };
}
