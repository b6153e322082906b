import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const LISTEN = "0A";

/** The process that listens on a TCP port of this computer, such as `nginx (process 812)`; null if unknown. */
export async function processHolding(
  port: number,
  platform: NodeJS.Platform = process.platform,
): Promise<string | null> {
  try {
    switch (platform) {
      case "linux":
        return await holderOnLinux(port);
      case "win32":
        return await holderOnWindows(port);
      default:
        return await holderByLsof(port);
    }
  } catch {
    // Naming the holder is a courtesy: the port is taken either way.
    return null;
  }
}

/** By the kernel's socket table and the open files of every process that we may look at (proc(5)). */
async function holderOnLinux(port: number): Promise<string | null> {
  const inodes = new Set<string>();
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const text = await readFile(table, "utf8").catch(() => "");
    for (const line of text.split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(`:${hex}`) && fields[3] === LISTEN && fields[9]) inodes.add(fields[9]);
    }
  }
  if (inodes.size === 0) return null;
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const file of files) {
      const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => "");
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode === undefined || !inodes.has(inode)) continue;
      const name = await readFile(`/proc/${pid}/comm`, "utf8");
      return `${name.trim()} (process ${pid})`;
    }
  }
  return null;
}

async function holderByLsof(port: number): Promise<string | null> {
  const { stdout } = await run("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  const name = /^c(.+)$/m.exec(stdout)?.[1];
  return pid === undefined ? null : `${name ?? "a program"} (process ${pid})`;
}

async function holderOnWindows(port: number): Promise<string | null> {
  const query = `Get-Process -Id (Get-NetTCPConnection -State Listen -LocalPort ${port})[0].OwningProcess | ForEach-Object { "$($_.ProcessName) (process $($_.Id))" }`;
  const { stdout } = await run("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", query], {
    windowsHide: true,
  });
  return stdout.trim() || null;
}
