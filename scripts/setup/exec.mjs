import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

/** Programs under way. @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

/** Ends the programs under way and waits until they are gone. */
export async function stopRunningPrograms() {
  const ends = [...running].map((child) => {
    const closed = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    return closed;
  });
  await Promise.all(ends);
}

/**
 * @typedef {object} ExecResult
 * @property {number | null} code
 * @property {string} stdout
 * @property {string} stderr
 */

/**
 * Runs a program to its end and captures what it prints. Never throws for an exit code; a program that cannot
 * be started gives code 127.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void, timeoutMs?: number }} [options]
 * @returns {Promise<ExecResult>}
 */
export function exec(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    });
    running.add(child);
    let stdout = "";
    let stderr = "";
    let pending = "";
    /** @param {string} text */
    const lines = (text) => {
      if (!options.onLine) return;
      const parts = (pending + text).split(/[\r\n]+/);
      pending = parts.pop() ?? "";
      for (const part of parts) if (part) options.onLine(part);
    };
    child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      stdout += text;
      lines(text);
    });
    child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      stderr += text;
      lines(text);
    });
    child.on("error", (error) => {
      running.delete(child);
      resolve({ code: 127, stdout, stderr: stderr + error.message });
    });
    child.on("close", (code) => {
      running.delete(child);
      resolve({ code, stdout, stderr });
    });
  });
}

/**
 * The first program of that name on the PATH, or undefined.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} [env]
 */
export function findProgram(name, env = process.env) {
  const suffixes = process.platform === "win32" ? [".exe", ".cmd", ""] : [""];
  for (const dir of (env["PATH"] ?? "").split(path.delimiter)) {
    if (!dir) continue;
    for (const suffix of suffixes) {
      const candidate = path.join(dir, name + suffix);
      if (existsSync(candidate)) return candidate;
    }
  }
  return undefined;
}

/**
 * The last lines of a program's output, for error messages. npm tells the cause first and advice after it.
 * @param {ExecResult} result
 */
export function lastLines(result) {
  const npmErrors = result.stderr
    .split("\n")
    .filter((line) => /^npm error (?!code|errno|syscall)\S/.test(line));
  if (npmErrors.length > 0) return npmErrors.slice(0, 2).join(" / ");
  const text = result.stderr.trim() || result.stdout.trim();
  return text.split("\n").slice(-4).join(" / ");
}
