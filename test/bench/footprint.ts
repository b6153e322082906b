import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";

/** What a process has used so far, by Linux' own books. */
export interface Usage {
  cpuSeconds: number;
  /** Times that any of its threads went to sleep of its own accord: each is a wake-up. */
  voluntarySwitches: number;
}

/** The kernel's unit of processor time in /proc: a fixed part of its interface to programs. */
const ticksPerSecond = 100;

export async function usageOf(pid: number): Promise<Usage> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold spaces; after it come numbers, utime and stime as the 12th and 13th.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  let voluntarySwitches = 0;
  for (const task of await readdir(`/proc/${pid}/task`)) {
    const text = await readFile(`/proc/${pid}/task/${task}/status`, "utf8").catch(() => "");
    voluntarySwitches += Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(text)?.[1] ?? 0);
  }
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    voluntarySwitches,
  };
}

export async function residentBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(text)?.[1] ?? NaN) * 1024;
}

/** Space that a file or a folder with all it holds takes on the disk; 0 when it is not there. */
export async function bytesOnDisk(file: string): Promise<number> {
  const found = await stat(file).catch(() => null);
  if (!found) return 0;
  if (!found.isDirectory()) return found.blocks * 512;
  const inside = await readdir(file);
  const sizes = await Promise.all(inside.map((name) => bytesOnDisk(path.join(file, name))));
  return sizes.reduce((total, size) => total + size, 0);
}
