import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { World } from "./cases/case.ts";
import { Ledger } from "./ledger.ts";
import { Rig } from "./rig.ts";

export interface WorldOptions {
  /** The built `berth` program. */
  program: string;
  /** Whether the home gets a small disk of its own, where that is possible. */
  ownDisk: boolean;
  /** Where the logs of a home that is given up are kept. */
  keepLogsIn: string | null;
  /** A home's record of what boots a guest here, which saves the search for it; null: search. */
  accelerators: string | null;
}

const DISK_BYTES = 6 * 2 ** 30;

/** A new home whose VM runs, with a container that writes. */
export async function makeWorld(options: WorldOptions): Promise<World & AsyncDisposable> {
  // Short, because socket paths in it are limited to about 100 bytes.
  const folder = mkdtempSync(path.join(process.env["BERTH_TEST_DIR"] ?? os.tmpdir(), "f-"));
  const smallDisk = options.ownDisk ? mountSmallDisk(folder) : null;
  const home = path.join(smallDisk ?? folder, "h");
  mkdirSync(path.join(home, "vm"), { mode: 0o700, recursive: true });
  if (options.accelerators !== null && existsSync(options.accelerators)) {
    cpSync(options.accelerators, path.join(home, "vm", "accelerators.json"));
  }
  const rig = new Rig({ home, program: options.program });
  const ledger = new Ledger(rig);
  const dispose = async (): Promise<void> => {
    ledger.silence();
    if (options.keepLogsIn !== null) keepLogs(home, options.keepLogsIn);
    await rig.dispose();
    if (smallDisk !== null) execFileSync("umount", ["--lazy", smallDisk]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const client = await rig.client();
    // What this is about must not be done by itself meanwhile.
    await client.settings.set({ "idle.suspend": false, "vm.diskGiB": 4, "vm.memoryMiB": 1536 });
    await rig.go("cold start");
    await rig.dockerAnswers();
    await ledger.start();
    // How long these take decides when others are killed in them.
    ledger.silence();
    await rig.go("suspend");
    await rig.go("resume");
    await ledger.advances();
  } catch (error) {
    await dispose();
    throw error;
  }
  return { rig, ledger, smallDisk, [Symbol.asyncDispose]: dispose };
}

/** A file system in a file, mounted; null where that is not possible. */
function mountSmallDisk(folder: string): string | null {
  const image = path.join(folder, "disk");
  const mount = path.join(folder, "d");
  try {
    mkdirSync(mount, { mode: 0o700 });
    writeFileSync(image, "");
    truncateSync(image, DISK_BYTES);
    execFileSync("mkfs.ext4", ["-q", "-m", "0", image], { stdio: "ignore" });
    execFileSync("mount", ["-o", "loop,discard", image, mount], { stdio: "ignore" });
    return mount;
  } catch {
    rmSync(image, { force: true });
    return null;
  }
}

function keepLogs(home: string, folder: string): void {
  const kept = path.join(folder, `logs-${Date.now()}`);
  const logs = path.join(home, "logs");
  if (existsSync(logs)) cpSync(logs, kept, { recursive: true });
}
