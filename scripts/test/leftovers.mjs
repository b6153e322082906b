import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const graceMs = 5000;

/**
 * The processes that tests started and left: they carry the run's own folder in their environment or command
 * line, which nothing else does. Linux only; elsewhere nothing is found.
 * @param {string} dir
 * @returns {{ pid: number, command: string }[]}
 */
function leftovers(dir) {
  return processIds().flatMap((pid) => {
    if (pid === process.pid) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      const ours = command.includes(`${dir}/`) || environment.includes(`BERTH_TEST_DIR=${dir}`);
      return ours ? [{ pid, command }] : [];
    } catch {
      return [];
    }
  });
}

/**
 * Ends them: first politely, then for good.
 * @param {string} dir
 * @returns {Promise<string[]>} what was still running
 */
export async function endLeftovers(dir) {
  const found = leftovers(dir);
  signal(found, "SIGTERM");
  const deadline = Date.now() + graceMs;
  while (leftovers(dir).length > 0 && Date.now() < deadline) await delay(100);
  signal(leftovers(dir), "SIGKILL");
  return found.map(({ pid, command }) => `${pid} ${command.slice(0, 120)}`);
}

/**
 * Unmounts the small disks that tests of full disks made below the folder and could not take away themselves.
 * @param {string} dir
 */
export function unmountLeftovers(dir) {
  for (const mountPoint of mountPoints().filter((point) => point.startsWith(`${dir}/`))) {
    try {
      execFileSync("umount", ["--lazy", mountPoint], { stdio: "ignore" });
    } catch {
      // Removing the folder tells what is in the way.
    }
  }
}

function mountPoints() {
  try {
    const lines = readFileSync("/proc/self/mounts", "utf8").split("\n");
    return lines.map((line) => line.split(" ")[1] ?? "");
  } catch {
    return [];
  }
}

/**
 * @param {readonly { pid: number }[]} processes
 * @param {NodeJS.Signals} name
 */
function signal(processes, name) {
  for (const { pid } of processes) {
    try {
      process.kill(pid, name);
    } catch {
      // Gone meanwhile.
    }
  }
}

function processIds() {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
