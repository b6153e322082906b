import { chmod, copyFile, mkdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { exec, findProgram, lastLines } from "../setup/exec.mjs";
import { projectEnv, projectNode } from "../setup/node-runtime.mjs";

// Fixed by Node.js: https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html
const sentinelFuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
const resourceName = "NODE_SEA_BLOB";

/**
 * Makes the bundled `berth` one executable file with Node.js inside, so that the packaged app needs no Node.js
 * and its own `RunAsNode` fuse can be off.
 * @param {object} options
 * @param {string} options.script the bundle
 * @param {string} options.output
 * @param {string} options.workDir
 * @returns {Promise<number>} its size in bytes
 */
export async function makeExecutable({ script, output, workDir }) {
  const node = projectNode();
  const blob = path.join(workDir, "berth.blob");
  const config = path.join(workDir, "sea.json");
  await mkdir(workDir, { recursive: true });
  await mkdir(path.dirname(output), { recursive: true });
  await writeFile(
    config,
    JSON.stringify({ main: script, output: blob, disableExperimentalSEAWarning: true, useCodeCache: true }),
  );
  await must(await exec(node, ["--experimental-sea-config", config]), "node --experimental-sea-config");

  await copyFile(node, output);
  await chmod(output, 0o755);
  // Symbols are a sixth of the file; it runs without them as well.
  const strip = process.platform === "linux" ? findProgram("strip") : undefined;
  if (strip) await must(await exec(strip, ["--strip-unneeded", output]), "strip");
  if (process.platform === "darwin")
    await must(await exec("codesign", ["--remove-signature", output]), "codesign");
  const segment = process.platform === "darwin" ? ["--macho-segment-name", "NODE_SEA"] : [];
  const injected = [output, resourceName, blob, "--sentinel-fuse", sentinelFuse, ...segment];
  await must(await exec("postject", injected, { env: projectEnv() }), "postject");
  if (process.platform === "darwin") await must(await exec("codesign", ["--sign", "-", output]), "codesign");
  await must(await exec(output, ["--version"]), `${output} --version`);
  return (await stat(output)).size;
}

/**
 * @param {import("../setup/exec.mjs").ExecResult} result
 * @param {string} what
 */
async function must(result, what) {
  if (result.code !== 0) throw new Error(`${what} failed: ${lastLines(result)}`);
}
