import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Memory of this computer that a process occupies, in MiB; 0 when it cannot be told. */
export async function residentMemoryMiB(
  pid: number,
  platform: NodeJS.Platform = process.platform,
): Promise<number> {
  try {
    if (platform === "linux") {
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
    }
    if (platform === "win32") {
      const command = `(Get-Process -Id ${pid}).WorkingSet64`;
      const { stdout } = await run("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", command]);
      return Number(stdout.trim()) / 1_048_576;
    }
    const { stdout } = await run("ps", ["-o", "rss=", "-p", String(pid)]);
    return Number(stdout.trim()) / 1024;
  } catch {
    return 0;
  }
}
