// Running the tools of the build.
import { spawn } from "node:child_process";

/** Programs under way, to be ended when the build is interrupted. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

let stopped = false;

/** Ends every program under way, and keeps further ones from starting. */
export function stopRunning() {
  stopped = true;
  for (const child of running) child.kill("SIGKILL");
}

/**
 * Runs a program; its last lines become the error when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{ input?: Buffer }} [options]
 * @returns {Promise<Buffer>} what it wrote to standard output
 */
export function run(command, args, options = {}) {
  if (stopped) return Promise.reject(new Error("The build was interrupted."));
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C.UTF-8", PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    running.add(child);
    /** @type {Buffer[]} */
    const output = [];
    let tail = "";
    child.stdout.on("data", (chunk) => output.push(chunk));
    child.stderr.on("data", (chunk) => (tail = (tail + chunk).slice(-4000)));
    child.stdin.on("error", () => {});
    child.stdin.end(options.input);
    child.on("error", (error) => {
      running.delete(child);
      reject(error);
    });
    child.on("close", (code, signal) => {
      running.delete(child);
      if (stopped) return reject(new Error("The build was interrupted."));
      if (code === 0) return resolve(Buffer.concat(output));
      const last = tail.trim().split("\n").slice(-6).join("\n");
      reject(new Error(`${command} ended with ${signal ?? `status ${code}`}:\n${last}`));
    });
  });
}
