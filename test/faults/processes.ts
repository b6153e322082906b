import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { z } from "zod";

/** Process id of the QEMU that a home's record names, null when it does not run. */
export function qemuPid(home: string): number | null {
  try {
    const record: unknown = JSON.parse(readFileSync(`${home}/vm/process.json`, "utf8"));
    const { pid } = z.object({ pid: z.int().positive() }).parse(record);
    return isAlive(pid) ? pid : null;
  } catch {
    return null;
  }
}

export function isAlive(pid: number): boolean {
  try {
    // A process that ended and was not waited for is not alive.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Kills at once; false when there was nothing to kill. */
export function killProcess(pid: number | null): boolean {
  if (pid === null) return false;
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}

export interface Footprint {
  descriptors: number;
  sockets: number;
  residentKiB: number;
}

/** What a process holds. */
export function footprint(pid: number): Footprint {
  const folder = `/proc/${pid}/fd`;
  const files = readdirSync(folder).map((name) => {
    try {
      return readlinkSync(`${folder}/${name}`);
    } catch {
      return "";
    }
  });
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return {
    descriptors: files.filter((file) => file !== "").length,
    sockets: files.filter((file) => file.startsWith("socket:")).length,
    residentKiB: Number(resident),
  };
}
