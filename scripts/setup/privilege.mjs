import { exec, findProgram } from "./exec.mjs";
import { SetupProblem } from "./problem.mjs";

/**
 * How to run a command as root: directly, through sudo without a question, or through sudo asking on the
 * terminal.
 * @param {{ isRoot: boolean, sudo: string | undefined, sudoAsksNothing: boolean, hasTerminal: boolean }} facts
 * @param {string} command what a person would type instead
 * @returns {readonly string[]} what to put before the command
 */
export function rootPrefix(facts, command) {
  if (facts.isRoot) return [];
  if (facts.sudo && facts.sudoAsksNothing) return [facts.sudo, "-n"];
  if (facts.sudo && facts.hasTerminal) return [facts.sudo];
  const why = facts.sudo ? "sudo asks for a password and there is no terminal" : "sudo is not installed";
  throw new SetupProblem(
    `System packages are missing, and they cannot be installed: you are not root, and ${why}.`,
    `Have an administrator run: ${command}`,
  );
}

/** What this process may do. */
export async function privilegeFacts() {
  const sudo = findProgram("sudo");
  return {
    isRoot: process.getuid?.() === 0,
    sudo,
    sudoAsksNothing: sudo !== undefined && (await exec(sudo, ["-n", "true"])).code === 0,
    hasTerminal: Boolean(process.stdin.isTTY && process.stderr.isTTY),
  };
}
