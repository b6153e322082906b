import { spawn } from "node:child_process";
import path from "node:path";
import { electronBinary } from "../setup/electron.mjs";
import { exec } from "../setup/exec.mjs";
import { projectEnv } from "../setup/node-runtime.mjs";
import { distDir } from "../setup/paths.mjs";
import { SetupProblem } from "../setup/problem.mjs";
import { onEndWish } from "./signals.mjs";

/** Whether a window can be shown here. */
export function hasDisplay(env = process.env, platform = process.platform) {
  return platform !== "linux" || Boolean(env["DISPLAY"] || env["WAYLAND_DISPLAY"]);
}

/**
 * Runs the window until it ends. It prints `ready <address>` itself; an end wish is handed on once, and it
 * applies the quit setting.
 * @param {string} electronDir
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export async function runWindow(electronDir, args) {
  const child = spawn(
    path.join(electronDir, electronBinary()),
    [...(await sandboxFlags(electronDir)), distDir, ...args],
    {
      stdio: "inherit",
      env: projectEnv(),
      // A group of its own: the terminal's Ctrl-C reaches it through this process alone.
      detached: true,
    },
  );
  onEndWish((signal) => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** @param {string} electronDir */
async function sandboxFlags(electronDir) {
  if (process.platform !== "linux") return [];
  if (process.getuid?.() === 0) {
    console.log("Running as root: the window's sandbox is off. Start it as an ordinary user to have it on.");
    return ["--no-sandbox"];
  }
  if ((await exec("unshare", ["--user", "--map-root-user", "true"])).code !== 0) {
    const helper = path.join(electronDir, "chrome-sandbox");
    const set = await exec("find", [helper, "-user", "root", "-perm", "-4755"]);
    if (set.stdout.trim() === "") {
      throw new SetupProblem(
        "This system lets ordinary users make no sandbox, so the window cannot run safely.",
        `Give the sandbox its helper: sudo chown root:root ${helper} && sudo chmod 4755 ${helper}`,
      );
    }
  }
  return [];
}
