import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { systemCode } from "../errors.ts";

const run = promisify(execFile);

/**
 * A text that differs between two processes which had the same process id one after the other: the
 * process's start time, with the boot it belongs to where the start time counts from there.
 * Null when there is no such process (any more).
 */
export async function processIdentity(
  pid: number,
  platform: NodeJS.Platform = process.platform,
): Promise<string | null> {
  switch (platform) {
    case "linux":
      return linuxIdentity(pid);
    case "win32":
      return outputOf("powershell.exe", [
        "-NoProfile",
        "-NonInteractive",
        "-Command",
        `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`,
      ]);
    default:
      return outputOf("ps", ["-o", "lstart=", "-p", String(pid)], { ...process.env, LC_ALL: "C", TZ: "UTC" });
  }
}

/** Whether this very process still runs. */
export async function isSameProcess(pid: number, identity: string): Promise<boolean> {
  return (await processIdentity(pid)) === identity;
}

async function linuxIdentity(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything, so fields are counted after its end (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === "Z" || state === "X" || startTicks === undefined) return null;
    const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
    return `${boot}:${startTicks}`;
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ESRCH") return null;
    throw error;
  }
}

async function outputOf(
  program: string,
  args: string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | null> {
  try {
    const { stdout } = await run(program, args, { env: environment, windowsHide: true });
    return stdout.trim() || null;
  } catch {
    return null;
  }
}
