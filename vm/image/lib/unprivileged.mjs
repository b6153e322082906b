// Building as an ordinary user: the same program again, as root of a user namespace.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const namespace = ["--user", "--map-auto", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc"];

/** How the build prints a step, which is how it is read back here. */
export const progressLine = {
  /** @param {import("../build.mjs").Progress} progress */
  print: ({ step, seconds }) => (seconds === undefined ? `${step} …` : `${step}: ${seconds.toFixed(1)} s`),
  /**
   * @param {string} line
   * @returns {import("../build.mjs").Progress | undefined}
   */
  parse: (line) => {
    const [, step, seconds] = /^(.*?)(?: …|: ([\d.]+) s)$/.exec(line) ?? [];
    if (step === undefined) return undefined;
    return seconds === undefined ? { step } : { step, seconds: Number(seconds) };
  },
};

/**
 * @param {string} program the build's own file
 * @param {string[]} args
 * @param {(progress: import("../build.mjs").Progress) => void} onProgress
 * @returns {Promise<void>}
 */
export function runInUserNamespace(program, args, onProgress) {
  return new Promise((resolve, reject) => {
    const child = spawn("unshare", [...namespace, process.execPath, program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      // A process group of its own: unshare itself holds signals back.
      detached: true,
    });
    let errors = "";
    child.stderr.on("data", (chunk) => (errors = (errors + chunk).slice(-4000)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const progress = progressLine.parse(line);
      if (progress) onProgress(progress);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve();
      const cause = errors.trim();
      if (!cause.startsWith("unshare:")) return reject(new Error(cause || "The build was interrupted."));
      reject(
        new Error(
          `Only root can build the guest image here (${cause}): run this as root, or run \`apt-get install uidmap\` and give your user a range in /etc/subuid and /etc/subgid.`,
        ),
      );
    });
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
      process.once(signal, () => child.pid && process.kill(-child.pid, "SIGTERM"));
    }
  });
}
