import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
  copyFile,
} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { Berth, imageFolder } from "./support/berth.ts";
import { processLives, runProgram, waitFor } from "./support/program.ts";
import type { Finished } from "./support/program.ts";

let berth: Berth;
let folder: string;

beforeEach(async () => {
  berth = await Berth.create();
  folder = await mkdtemp(path.join(os.tmpdir(), "berth-bad-"));
});
afterEach(async () => {
  await berth[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string().min(10), hint: z.string().min(10) }),
});

/** The error of a command that failed as it should. */
function failureOf(finished: Finished): { code: string; message: string; hint: string } {
  expect(finished.code).toBe(1);
  return errorSchema.parse(JSON.parse(finished.stdout)).error;
}

describe("wrong usage of the real program", () => {
  test("unknown commands, options, keys and values end with 2 and change nothing", async () => {
    for (const args of [
      ["strat"],
      ["status", "--fast"],
      ["logs", "kernel"],
      ["config", "set", "vm.speed=9"],
    ]) {
      const finished = await berth.run([...args, "--json"]);
      expect(finished.code).toBe(2);
      expect(JSON.parse(finished.stdout)).toMatchObject({ error: { code: "usage" } });
    }
    const before = await berth.json(["config", "list"]);
    const mixed = await berth.run(["config", "set", "vm.cpus=3", "vm.memoryMiB=1"]);
    expect(mixed.code).toBe(2);
    expect(mixed.stderr).toContain("vm.memoryMiB");
    expect(await berth.json(["config", "list"])).toEqual(before);
  });

  test("delete without a terminal wants --yes", async () => {
    await mkdir(path.join(berth.home, "vm"), { recursive: true });
    await writeFile(path.join(berth.home, "vm", "data.qcow2"), Buffer.alloc(1024 * 1024, 1));
    const refused = await berth.run(["delete"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("--yes");
    expect(await readdir(path.join(berth.home, "vm"))).toContain("data.qcow2");
  });
});

describe("the settings file", () => {
  test("with an unknown key: said by name, the rest holds, the file is not overwritten", async () => {
    const file = path.join(berth.home, "settings.json");
    await writeFile(file, JSON.stringify({ "vm.cpus": 3, "vm.speed": 9 }));
    const finished = await berth.run(["status", "--json"]);
    expect(finished.stdout).toContain("vm.speed");
    expect(await readFile(file, "utf8")).toContain("vm.speed");
  });

  test("damaged: said with a remedy, and kept aside or untouched", async () => {
    await writeFile(path.join(berth.home, "settings.json"), '{"vm.cpus": 3, "vm.me');
    const finished = await berth.run(["status", "--json"]);
    expect(finished.stdout).toContain("settings");
    const kept = await Promise.all(
      (await readdir(berth.home))
        .filter((name) => name.startsWith("settings"))
        .map((name) => readFile(path.join(berth.home, name), "utf8")),
    );
    expect(kept.join("")).toContain('{"vm.cpus": 3, "vm.me');
  });
});

describe("QEMU", () => {
  test("missing: start fails and names the remedy", async () => {
    const elsewhere = berth.with({ BERTH_QEMU: path.join(folder, "nowhere"), PATH: folder });
    const failure = failureOf(await elsewhere.run(["start", "--json"]));
    expect(failure.message).toContain("QEMU");
    expect(failure.hint).toMatch(/install/i);
  });

  test("too old: start fails, names the version and the remedy", async () => {
    for (const name of ["qemu-system-x86_64", "qemu-system-aarch64", "qemu-img"]) {
      const script = `#!/bin/sh\necho 'QEMU emulator version 7.2.9 (Debian 1:7.2+dfsg-7)'\n`;
      await writeFile(path.join(folder, name), script);
      await chmod(path.join(folder, name), 0o755);
    }
    const old = berth.with({ BERTH_QEMU: folder, PATH: `${folder}:/usr/bin:/bin` });
    const failure = failureOf(await old.run(["start", "--json"]));
    expect(failure.message).toContain("7.2");
    expect(failure.hint).toMatch(/10/);
  });
});

test("a damaged guest image is recognised before it is booted", async () => {
  for (const name of await readdir(imageFolder())) {
    if (name === "tools") continue;
    const copy = path.join(folder, name);
    const original = path.join(imageFolder(), name);
    if (name === "root.erofs") await copyFile(original, copy);
    else await link(original, copy).catch(() => copyFile(original, copy));
  }
  await truncate(path.join(folder, "root.erofs"), 1_000_000);
  const failure = failureOf(await berth.with({ BERTH_IMAGE_DIR: folder }).run(["start", "--json"]));
  expect(failure.message).toContain("root.erofs");
});

test("a damaged data disk is never formatted or replaced", async () => {
  const disk = path.join(berth.home, "vm", "data.qcow2");
  const damaged = Buffer.alloc(4 * 1024 * 1024, 0xa5);
  await mkdir(path.dirname(disk), { recursive: true });
  await writeFile(disk, damaged);
  const failure = failureOf(await berth.run(["start", "--json"], { timeoutMs: 240_000 }));
  expect(failure.message).toMatch(/disk/);
  expect((await readFile(disk)).equals(damaged)).toBe(true);
  expect((await berth.status()).vm.pid).toBeNull();
});

test("a damaged journal is told and does not keep Berth from answering", async () => {
  await mkdir(path.join(berth.home, "vm"), { recursive: true });
  await writeFile(path.join(berth.home, "vm", "journal.json"), "{not json");
  const status = await berth.status();
  expect(status.vm.pid).toBeNull();
  expect(JSON.stringify(status.problems)).toMatch(/journal/i);
});

test.runIf(process.platform === "linux" && process.getuid?.() === 0)(
  "a home on a full disk is told as that, and works again once there is space",
  async ({ skip }) => {
    const mounted = await runProgram("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]);
    if (mounted.code !== 0) skip("This computer does not let a test mount a file system.");
    const filler = path.join(folder, "filler");
    const full = berth.with({ BERTH_HOME: folder });
    try {
      await writeFile(filler, Buffer.alloc(1024 * 1024)).catch(() => undefined);
      const failure = failureOf(await full.run(["config", "set", "vm.cpus=3", "--json"]));
      expect(failure.message).toMatch(/full/);
      await rm(filler);
      await full.done(["config", "set", "vm.cpus=3"]);
    } finally {
      await full.run(["quit", "--vm", "keep"]);
      await runProgram("umount", ["-l", folder]);
    }
  },
);

describe("two engines on one home", () => {
  test("commands at the same time end up with the same one", async () => {
    const statuses = await Promise.all([berth.status(), berth.status(), berth.status()]);
    expect(new Set(statuses.map(({ engine }) => engine.pid)).size).toBe(1);
  });

  test("a second engine started by hand ends, naming the first; the first is not disturbed", async () => {
    const { engine } = await berth.status();
    const second = await berth.run(["engine"]);
    expect(second.code).not.toBe(0);
    expect(second.stderr).toContain(String(engine.pid));
    expect((await berth.status()).engine.pid).toBe(engine.pid);
  });
});

describe("left over from a crash", () => {
  test("old sockets are taken over", async () => {
    for (const name of ["engine.sock", "docker.sock"]) await leaveSocket(path.join(berth.home, name));
    expect((await berth.status()).state).toBe("absent");
  });

  test("a process record whose id belongs to another program now is not taken for the VM", async () => {
    const { engine } = await berth.status();
    process.kill(engine.pid, "SIGKILL");
    await waitFor("the engine to be gone", () => !processLives(engine.pid));
    const stranger = spawn("sleep", ["60"]);
    try {
      await mkdir(path.join(berth.home, "vm"), { recursive: true });
      const endpoint = { path: path.join(berth.home, "vm", "qmp.sock") };
      const record = {
        format: 1,
        runId: "0123456789abcdef",
        pid: stranger.pid,
        identity: "another boot:1",
        shape: { cpus: 2, memoryMiB: 2048, accelerator: "tcg" },
        driverVersion: "10.0.0",
        imageDir: imageFolder(),
        imageHash: "0",
        deviceHash: "0",
        qmp: endpoint,
        control: endpoint,
      };
      await writeFile(path.join(berth.home, "vm", "process.json"), JSON.stringify(record));
      expect((await berth.status()).vm.pid).toBeNull();
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill();
      await once(stranger, "close");
    }
  });
});

/** A socket file that nobody listens on, as a killed program leaves it. */
async function leaveSocket(file: string): Promise<void> {
  const script = `require("node:net").createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, "SIGKILL"))`;
  const child = spawn(process.execPath, ["-e", script]);
  await once(child, "close");
}
