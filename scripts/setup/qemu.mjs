import { exec, findProgram } from "./exec.mjs";
import { minimumQemuMajor, qemuProgram } from "./host-packages.mjs";
import { SetupProblem } from "./problem.mjs";

/**
 * @typedef {object} QemuState
 * @property {string | undefined} version of the emulator on the PATH
 * @property {boolean} good new enough, with its image tool
 */

/**
 * What QEMU this machine has.
 * @param {string} arch
 * @returns {Promise<QemuState>}
 */
export async function inspectQemu(arch) {
  const program = findProgram(qemuProgram(arch));
  if (!program) return { version: undefined, good: false };
  const { stdout } = await exec(program, ["--version"]);
  const version = parseQemuVersion(stdout);
  return { version, good: isNewEnough(version) && findProgram("qemu-img") !== undefined };
}

/**
 * @param {string} text what `--version` prints
 */
export function parseQemuVersion(text) {
  return /version (\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1];
}

/** @param {string | undefined} version */
export function isNewEnough(version) {
  return version !== undefined && Number(version.split(".")[0]) >= minimumQemuMajor;
}

/**
 * @param {QemuState} state
 * @param {string} remedy
 */
export function qemuProblem(state, remedy) {
  const what = state.version
    ? `QEMU ${state.version} is too old: Berth needs ${minimumQemuMajor} or newer.`
    : `QEMU is missing: Berth needs version ${minimumQemuMajor} or newer, with qemu-img.`;
  return new SetupProblem(what, remedy);
}
