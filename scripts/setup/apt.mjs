import { exec, lastLines } from "./exec.mjs";
import { privilegeFacts, rootPrefix } from "./privilege.mjs";
import { SetupProblem } from "./problem.mjs";

// apt reports its progress on descriptor 3, a copy of its standard output made here: descriptor 1 itself would be
// closed to the packages' own scripts, and sudo passes no others.
const withStatusDescriptor = 'exec "$@" 3>&1';
const statusLine = /^(?:dlstatus|pmstatus):[^:]*:([\d.]+):/;

/**
 * @typedef {object} Apt
 * @property {(title: string) => Promise<void>} update reads the package lists
 * @property {(title: string, args: readonly string[]) => Promise<void>} install
 * @property {(file: string, text: string) => Promise<import("./exec.mjs").ExecResult>} write a file as root
 */

/**
 * apt-get as root, showing how far it is.
 * @param {string} command what a person would type, for those who are not root
 * @param {import("./progress.mjs").Progress} progress
 * @returns {Promise<Apt>}
 */
export async function openApt(command, progress) {
  const prefix = rootPrefix(await privilegeFacts(), command);

  /**
   * @param {string} title
   * @param {readonly string[]} words
   */
  const asRoot = (title, words) => {
    const [program = "", ...args] = [
      ...prefix,
      ...["sh", "-c", withStatusDescriptor, "sh"],
      ...["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", ...words],
    ];
    return exec(program, args, {
      onLine: (line) => {
        const percent = statusLine.exec(line)?.[1];
        if (percent) progress.update(Number(percent) / 100, title);
      },
    });
  };

  /**
   * @param {string} title
   * @param {readonly string[]} args
   */
  const aptGet = async (title, args) => {
    progress.update(undefined, title);
    const options = ["-o", "DPkg::Lock::Timeout=300", "-o", "APT::Status-Fd=3", "-o", "Dpkg::Use-Pty=0"];
    const result = await asRoot(title, ["apt-get", ...options, ...args]);
    if (result.code === 0 || !/dpkg was interrupted/.test(result.stderr)) return result;
    progress.note("An earlier installation was interrupted; finishing it first.");
    await asRoot(title, ["dpkg", "--configure", "-a"]);
    return asRoot(title, ["apt-get", ...options, ...args]);
  };

  /**
   * @param {import("./exec.mjs").ExecResult} result
   * @param {readonly string[]} args
   */
  const must = (result, args) => {
    if (result.code === 0) return;
    throw new SetupProblem(
      `System packages could not be installed (apt-get ${args[0]}): ${lastLines(result)}`,
      "Check the network and the package sources, or run the same command by hand to see more: " +
        `${prefix.length > 0 ? "sudo " : ""}apt-get ${args.join(" ")}`,
    );
  };

  return {
    update: async (title) => must(await aptGet(title, ["update"]), ["update"]),
    async install(title, names) {
      const args = ["install", "-y", "--no-install-recommends", ...names];
      let result = await aptGet(title, args);
      if (result.code !== 0 && /failed to fetch|unable to fetch|unable to locate/i.test(result.stderr)) {
        // Lists that are older than the archive name files which are gone.
        must(await aptGet("reading the package lists", ["update"]), ["update"]);
        result = await aptGet(title, args);
      }
      must(result, args);
    },
    write: (file, text) =>
      asRoot(`writing ${file}`, ["sh", "-c", 'umask 022; printf %s "$1" > "$2"', "sh", text, file]),
  };
}

/**
 * The versions that apt would install.
 * @param {readonly string[]} names
 * @returns {Promise<Map<string, string>>}
 */
export async function aptCandidates(names) {
  const { stdout } = await exec("apt-cache", ["policy", ...names], {
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
  return parseCandidates(stdout);
}

/** @param {string} policy what `apt-cache policy` prints */
export function parseCandidates(policy) {
  /** @type {Map<string, string>} */
  const found = new Map();
  let name = "";
  for (const line of policy.split("\n")) {
    const title = /^(\S+):$/.exec(line);
    if (title) name = title[1] ?? "";
    const candidate = /^\s+Candidate: (\S+)$/.exec(line)?.[1];
    if (candidate && candidate !== "(none)") found.set(name, candidate);
  }
  return found;
}

/**
 * The major version of a package in one suite, 0 when it is not there.
 * @param {string} name
 * @param {string} suite
 */
export async function majorInSuite(name, suite) {
  const { stdout } = await exec("apt-cache", ["madison", name]);
  const line = stdout.split("\n").find((row) => row.includes(` ${suite}/`));
  return majorOf(line?.split("|")[1]?.trim());
}

/** @param {string | undefined} version with or without Debian's epoch */
export function majorOf(version) {
  return Number(/^(?:\d+:)?(\d+)/.exec(version ?? "")?.[1] ?? 0);
}
