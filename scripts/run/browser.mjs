import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { projectEnv, projectNode } from "../setup/node-runtime.mjs";
import { distDir } from "../setup/paths.mjs";
import { SetupProblem } from "../setup/problem.mjs";
import { onEndWish } from "./signals.mjs";

/**
 * Without a display: serves the window to a browser, starts the VM, prints `ready <address>` and stays. An end
 * wish applies the quit setting.
 * @param {readonly string[]} args for `berth serve`
 * @returns {Promise<number>} the exit code
 */
export async function runInBrowser(args) {
  const server = berth(["--json", "serve", ...args], "pipe");
  /** @type {import("node:child_process").ChildProcess | undefined} */
  let starting;
  let ending = false;
  onEndWish(() => {
    ending = true;
    starting?.kill("SIGINT");
    server.kill("SIGINT");
  });

  const address = await servedAddress(server);
  if (!ending) {
    console.log(`The window is at ${address}\nThe address lets one browser in, once. Starting the VM …`);
    starting = berth(["start"], "inherit");
    const code = await exitOf(starting);
    if (!ending) {
      if (code === 0) console.log(`ready ${address}`);
      else console.log("The VM did not start; the window shows why and goes on being served.");
    }
  }
  const serverCode = await exitOf(server);
  if (!ending) return serverCode;
  return exitOf(berth(["quit"], "inherit"));
}

/**
 * Starts the built `berth` in a process group of its own, so that the terminal's Ctrl-C does not reach it.
 * @param {readonly string[]} args
 * @param {"pipe" | "inherit"} stdout
 */
function berth(args, stdout) {
  return spawn(projectNode(), [path.join(distDir, "berth.cjs"), ...args], {
    stdio: ["ignore", stdout, "inherit"],
    env: projectEnv(),
    detached: true,
  });
}

/**
 * @param {import("node:child_process").ChildProcess} server
 * @returns {Promise<string>}
 */
async function servedAddress(server) {
  if (server.stdout) {
    for await (const line of createInterface({ input: server.stdout })) {
      const address = parseAddress(line);
      if (address) return address;
    }
  }
  throw new SetupProblem(
    "The window could not be served to a browser.",
    "The lines above say why; npx berth doctor checks what Berth needs.",
  );
}

/** @param {string} line */
function parseAddress(line) {
  try {
    const { address } = JSON.parse(line);
    return typeof address === "string" ? address : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<number>}
 */
function exitOf(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode ?? 1);
    else child.once("exit", (code) => resolve(code ?? 1));
  });
}
