import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { vi } from "vitest";

export interface RunningProcess {
  pid: number;
  /** Path of the program, which may hold spaces. */
  program: string;
  command: string;
}

/** All processes that were started for a home: they carry it in their environment. Linux only. */
export function processesOf(home: string): RunningProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const pid = Number(name);
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        const command = words.join(" ").trim();
        const ours = environment.includes(`BERTH_HOME=${home}`) || command.includes(`${home}/`);
        return ours && command !== "" ? [{ pid, program: words[0] ?? "", command }] : [];
      } catch {
        return [];
      }
    });
}

/** The QEMU processes of a home. */
export function qemusOf(home: string): RunningProcess[] {
  return processesOf(home).filter(({ program }) => path.basename(program).startsWith("qemu-system-"));
}

/** Whether a process runs; one that has ended and waits to be reaped does not. */
export function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
  } catch {
    return false;
  }
}

/** Ends whatever still runs for a home, for good; for cleaning up after a test, also a failed one. */
export async function endProcessesOf(home: string): Promise<void> {
  await vi.waitFor(
    () => {
      // Again and again: a shell that dies later than its engine starts another one meanwhile.
      const left = processesOf(home);
      for (const { pid } of left) kill(pid);
      if (left.length > 0) throw new Error(`still running: ${left.map(({ command }) => command).join(", ")}`);
    },
    { timeout: 20_000, interval: 50 },
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone meanwhile.
  }
}
