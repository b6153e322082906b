import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { constants, existsSync, openSync, closeSync, readFileSync, watch } from "node:fs";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";

const run = promisify(execFile);
const startTimeoutMs = 60_000;
const runningSchema = z.object({ pid: z.int().positive() });

/** Settings of the guest's dockerd beyond those of the real guest, in the terms of its daemon.json. */
export type DaemonSettings = Record<string, unknown>;

/** Files of a local guest, in a folder of its engine's home. */
export function guestFolder(home: string): string {
  return path.join(home, "local-guest");
}

/**
 * Makes the folder of a guest. Guests of this folder live until the answer's `cut` is called or this process
 * ends, however it does.
 */
export async function tieToThisProcess(folder: string): Promise<{ cut(): void }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pipe = path.join(folder, "lifeline");
  if (!existsSync(pipe)) await run("mkfifo", ["-m", "600", pipe]);
  // Opened both ways, so that opening does not wait for a reader.
  const descriptor = openSync(pipe, constants.O_RDWR);
  return { cut: () => closeSync(descriptor) };
}

/** A guest without a VM: dockerd of the guest image in namespaces of its own. */
export class LocalGuest {
  /** The guest's first process, as this computer counts. */
  readonly pid: number;

  readonly #folder: string;

  private constructor(folder: string, pid: number) {
    this.#folder = folder;
    this.pid = pid;
  }

  /** The guest that runs in a folder, or null. */
  static running(folder: string): LocalGuest | null {
    try {
      const { pid } = runningSchema.parse(JSON.parse(readFileSync(path.join(folder, "guest.json"), "utf8")));
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("/usr/lib/berth")
        ? new LocalGuest(folder, pid)
        : null;
    } catch {
      return null;
    }
  }

  /** Starts the guest of a folder, whose lifeline must be held; `console` is the file for what it reports. */
  static async start(
    folder: string,
    imageDir: string,
    console: string,
    settings: DaemonSettings,
  ): Promise<LocalGuest> {
    const name = `berth-${randomBytes(4).toString("hex")}`;
    const daemonFile = path.join(import.meta.dirname, "../../../vm/image/root/etc/docker/daemon.json");
    const daemon = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(daemonFile, "utf8")));
    await writeFile(
      path.join(folder, "daemon.json"),
      JSON.stringify({ ...daemon, "cgroup-parent": `/${name}`, ...settings }),
    );
    const output = await open(console, "w", 0o600);
    const keeper = spawn("sh", [path.join(import.meta.dirname, "keeper.sh"), name, imageDir, folder], {
      detached: true,
      stdio: ["ignore", output.fd, output.fd],
    });
    await output.close();
    keeper.unref();
    const ended = new Promise<never>((_, reject) => {
      keeper.once("error", reject);
      keeper.once("exit", () => reject(new Error(`The local guest ended: ${readFileSync(console, "utf8")}`)));
    });
    await Promise.race([ended, lineAppears(console, /^berth: phase \S+ ready$/m)]);
    ended.catch(() => undefined);
    const guest = LocalGuest.running(folder);
    if (guest === null) throw new Error(`The local guest is gone: ${readFileSync(console, "utf8")}`);
    return guest;
  }

  /** The guest's root as this computer sees it. */
  get root(): string {
    return `/proc/${this.pid}/root`;
  }

  /** How a command is run inside. */
  command(words: readonly string[]): [string, ...string[]] {
    const target = ["--target", String(this.pid), "--mount", "--net", "--pid", "--uts", "--ipc"];
    // The engine keeps its files to itself; what commands make inside is readable, as after a sign-in.
    const plain = ["sh", "-c", 'umask 022; exec "$@"', "sh"];
    return ["nsenter", ...target, "--root", "--wd", "--", ...plain, ...words];
  }

  /** Stops dockerd in order, or with `force` everything at once; resolves when nothing is left of it. */
  async stop(force: boolean): Promise<void> {
    try {
      process.kill(this.pid, force ? "SIGKILL" : "SIGTERM");
    } catch {
      return;
    }
    // Its keeper takes the record away last.
    while (existsSync(path.join(this.#folder, "guest.json"))) await pause(10);
  }
}

/** Resolves once the file holds a line that matches. */
async function lineAppears(file: string, line: RegExp): Promise<void> {
  const watcher = watch(file);
  try {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (line.test(readFileSync(file, "utf8"))) resolve();
      };
      watcher.on("change", look);
      watcher.on("error", reject);
      setTimeout(
        () => reject(new Error(`The local guest did not get ready: ${readFileSync(file, "utf8")}`)),
        startTimeoutMs,
      ).unref();
      look();
    });
  } finally {
    watcher.close();
  }
}
