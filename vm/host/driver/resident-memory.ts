import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Bytes of memory a process really occupies; null where that cannot be asked. */
export async function residentBytes(pid: number, platform = process.platform): Promise<number | null> {
  try {
    if (platform === "linux") {
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
      return kibibytes === undefined ? null : Number(kibibytes) * 1024;
    }
    if (platform === "win32") return null;
    const { stdout } = await run("ps", ["-o", "rss=", "-p", String(pid)], { timeout: 5_000 });
    const kibibytes = Number(stdout.trim());
    return Number.isFinite(kibibytes) && kibibytes > 0 ? kibibytes * 1024 : null;
  } catch {
    return null;
  }
}
