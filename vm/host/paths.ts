import { createHash } from "node:crypto";
import { chmod, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { BerthError } from "./errors.ts";

/** Everything the VM keeps under one home, by purpose. */
export interface MachinePaths {
  home: string;
  /** Folder of everything that belongs to the VM. */
  vm: string;
  /** Folder of per-install keys. */
  keys: string;
  logs: string;
  /** Docker API on the host: a unix socket, on Windows a named pipe. */
  dockerSocket: string;
  /** QEMU's machine protocol (a loopback port on Windows). */
  qmp: string;
  /** Line channel to the guest's init (a loopback port on Windows). */
  control: string;
  journal: string;
  processRecord: string;
  /** Written by QEMU itself. */
  pidFile: string;
  dataDisk: string;
  /** Counter that ties a saved state to the disk it was made with. */
  diskGeneration: string;
  suspendState: string;
  suspendStatePartial: string;
  /** A state being consumed by a resume; never offered again. */
  suspendStateUsed: string;
  suspendMetadata: string;
  /** Disk that the guest hibernates to, where QEMU cannot write the machine to a file. */
  hibernationDisk: string;
  /** What is known of a hibernation before it is done. */
  hibernationAnnounced: string;
  /** The quiet machine that the last stop kept, in the same form. */
  warmState: string;
  warmStatePartial: string;
  warmStateUsed: string;
  warmMetadata: string;
  /** Containers that a warm stop has ended and the next start shall bring back. */
  stoppedContainers: string;
  /** List of the VM's snapshots. */
  snapshots: string;
  /** Tells the format of the VM's data. */
  dataFormat: string;
  accelerators: string;
  clientKey: string;
  clientPublicKey: string;
  hostKey: string;
  serialLog: string;
  qemuLog: string;
  /** Which image files have been found whole. */
  verifiedImages: string;
  /** Small files handed to the guest (daemon.json, environment). */
  guestFiles: string;
}

/** Kernel limit of a unix socket address on macOS, the smallest of the systems we run on. */
export const socketPathLimitBytes = 104;

/** BERTH_HOME, or the platform's place for it. */
export function defaultHome(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const chosen = environment["BERTH_HOME"];
  if (chosen) return path.resolve(chosen);
  if (platform === "win32") {
    const local = environment["LOCALAPPDATA"] ?? path.win32.join(homedir(), "AppData", "Local");
    return path.win32.join(local, "Berth");
  }
  return path.join(homedir(), ".berth");
}

/**
 * All paths of a home. Throws `home_path_too_long` when a socket in it could not be bound.
 * On Windows the docker endpoint is a named pipe derived from the home.
 */
export function machinePaths(home: string, platform: NodeJS.Platform = process.platform): MachinePaths {
  const syntax = platform === "win32" ? path.win32 : path.posix;
  const join = (...parts: string[]) => syntax.join(...parts);
  const vm = join(home, "vm");
  const keys = join(home, "keys");
  const logs = join(home, "logs");
  const windows = platform === "win32";
  const pipeId = createHash("sha256").update(home.toLowerCase()).digest("hex").slice(0, 12);
  const paths: MachinePaths = {
    home,
    vm,
    keys,
    logs,
    dockerSocket: windows ? `\\\\.\\pipe\\berth-${pipeId}-docker` : join(home, "docker.sock"),
    qmp: join(vm, "qmp.sock"),
    control: join(vm, "control.sock"),
    journal: join(vm, "journal.json"),
    processRecord: join(vm, "process.json"),
    pidFile: join(vm, "qemu.pid"),
    verifiedImages: join(vm, "verified-images.json"),
    dataDisk: join(vm, "data.qcow2"),
    diskGeneration: join(vm, "data.generation.json"),
    suspendState: join(vm, "suspend.state"),
    suspendStatePartial: join(vm, "suspend.state.partial"),
    suspendStateUsed: join(vm, "suspend.state.used"),
    suspendMetadata: join(vm, "suspend.json"),
    hibernationDisk: join(vm, "hibernation.qcow2"),
    hibernationAnnounced: join(vm, "hibernation.json"),
    warmState: join(vm, "warm.state"),
    warmStatePartial: join(vm, "warm.state.partial"),
    warmStateUsed: join(vm, "warm.state.used"),
    warmMetadata: join(vm, "warm.json"),
    snapshots: join(vm, "snapshots.json"),
    dataFormat: join(vm, "data.format.json"),
    stoppedContainers: join(vm, "stopped-containers.json"),
    accelerators: join(vm, "accelerators.json"),
    clientKey: join(keys, "client_ed25519"),
    clientPublicKey: join(keys, "client_ed25519.pub"),
    hostKey: join(keys, "guest_host_ed25519"),
    serialLog: join(logs, "serial.log"),
    qemuLog: join(logs, "qemu.log"),
    guestFiles: join(vm, "guest"),
  };
  if (!windows) {
    for (const socket of [paths.dockerSocket, paths.qmp, paths.control]) checkSocketPath(socket, home);
  }
  return paths;
}

function checkSocketPath(socket: string, home: string): void {
  // The limit counts the terminating zero byte.
  const length = Buffer.byteLength(socket) + 1;
  if (length <= socketPathLimitBytes) return;
  throw new BerthError({
    code: "home_path_too_long",
    message: `The folder ${home} is too long a path for sockets: ${socket} takes ${length} of at most ${socketPathLimitBytes} bytes.`,
    hint: "Set BERTH_HOME to a shorter path, for example ~/.berth.",
  });
}

/** Creates the home and its folders, readable by the owner only. */
export async function prepareHome(paths: MachinePaths): Promise<void> {
  for (const folder of [paths.home, paths.vm, paths.keys, paths.logs, paths.guestFiles]) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
    } catch (cause) {
      throw new BerthError({
        code: "home_not_usable",
        message: `The folder ${folder} cannot be created or protected.`,
        hint: "Check who owns it and whether the disk has space, or set BERTH_HOME to another folder.",
        cause,
      });
    }
  }
}
