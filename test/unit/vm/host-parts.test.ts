import { spawn } from "node:child_process";
import { appendFile, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { acceleratorCandidates, AcceleratorMemory } from "../../../vm/host/driver/qemu/accelerators.ts";
import { findQemu } from "../../../vm/host/driver/qemu/binaries.ts";
import { writeGuestFiles } from "../../../vm/host/guest/guest-files.ts";
import { ensureKeys } from "../../../vm/host/guest/keys.ts";
import {
  CappedLog,
  createFileAtomically,
  machinePaths,
  prepareHome,
  processIdentity,
  writeFileAtomically,
} from "../../../vm/host/index.ts";
import { containing, memoryLogger, temporaryHome } from "./support/home.ts";

describe("a capped log", () => {
  it("moves to one older file when it grows, and goes on below the cap", async () => {
    const file = path.join(await temporaryHome(), "serial.log");
    const log = new CappedLog(file, 1_000, (error) => {
      throw error;
    });
    await log.start();
    try {
      await appendFile(file, "a".repeat(1_500));
      await expect.poll(async () => (await stat(file)).size).toBe(0);
      await appendFile(file, "b".repeat(10));
      expect(await readFile(file, "utf8")).toBe("b".repeat(10));
      expect((await stat(`${file}.1`)).size).toBe(1_500);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    } finally {
      log.stop();
    }
  });
});

describe("files written as a whole", () => {
  it("replace the old content and leave nothing beside it", async () => {
    const folder = await temporaryHome();
    const file = path.join(folder, "state.json");
    await writeFile(file, "old");
    await writeFileAtomically(file, "new");
    expect(await readFile(file, "utf8")).toBe("new");
    expect(await readdir(folder)).toEqual(["state.json"]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("are created by exactly one of many", async () => {
    const folder = await temporaryHome();
    const file = path.join(folder, "lock");
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, n) => createFileAtomically(file, String(n))),
    );
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await readFile(file, "utf8")).toBe(String(made.indexOf(true)));
    expect(await readdir(folder)).toEqual(["lock"]);
  });
});

describe("a process's identity", () => {
  it("lasts as long as the process, and tells processes apart", async () => {
    const child = spawn("sleep", ["60"]);
    const pid = child.pid ?? 0;
    const identity = await processIdentity(pid);
    expect(identity).not.toBeNull();
    expect(await processIdentity(pid)).toBe(identity);
    expect(await processIdentity(process.pid)).not.toBe(identity);
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    expect(await processIdentity(pid)).toBeNull();
  });
});

describe("accelerators", () => {
  it("end with emulation, the platform's own first; a choice or BERTH_ACCEL stands alone", async () => {
    expect(await acceleratorCandidates("auto", {}, "darwin")).toEqual(["hvf", "tcg"]);
    expect(await acceleratorCandidates("auto", {}, "win32")).toEqual(["whpx", "tcg"]);
    expect((await acceleratorCandidates("auto", {}, "linux")).at(-1)).toBe("tcg");
    expect(await acceleratorCandidates("kvm", {}, "linux")).toEqual(["kvm"]);
    expect(await acceleratorCandidates("kvm", { BERTH_ACCEL: "tcg" }, "linux")).toEqual(["tcg"]);
    await expect(acceleratorCandidates("auto", { BERTH_ACCEL: "x" })).rejects.toMatchObject({
      code: "accelerator_unknown",
    });
  });

  it("are remembered for one QEMU and one image, and not for others", async () => {
    const file = path.join(await temporaryHome(), "accelerators.json");
    const memory = new AcceleratorMemory(file, "10.0", "image");
    expect(await memory.recall()).toBeNull();
    await memory.remember("tcg", [{ accelerator: "kvm", reason: "silent" }]);
    expect(await new AcceleratorMemory(file, "10.0", "image").recall()).toBe("tcg");
    expect(await new AcceleratorMemory(file, "10.1", "image").recall()).toBeNull();
    expect(await new AcceleratorMemory(file, "10.0", "other").recall()).toBeNull();
    await writeFile(file, "damaged");
    expect(await memory.recall()).toBeNull();
    await memory.remember("tcg", []);
    expect(await memory.recall()).toBe("tcg");
  });
});

describe("QEMU", () => {
  it("is found on this computer, new enough", async () => {
    const found = await findQemu(undefined);
    expect(Number(found.version.split(".")[0])).toBeGreaterThanOrEqual(10);
    expect((await findQemu(undefined, { environment: { BERTH_QEMU: found.system } })).system).toBe(
      found.system,
    );
    expect((await findQemu(path.dirname(found.system))).system).toBe(found.system);
  });

  it.each([
    ["darwin", "brew install qemu"],
    ["win32", "winget install"],
    ["linux", "bookworm-backports"],
  ] as const)("is explained on %s when missing", async (platform, remedy) => {
    const search = findQemu(path.join(await temporaryHome(), "none"), { platform });
    await expect(search).rejects.toMatchObject({
      code: "qemu_missing",
      hint: containing(remedy),
    });
  });
});

describe("files for the guest", () => {
  it("hold the keys, and the rest only when asked for", async () => {
    const paths = machinePaths(await temporaryHome());
    await prepareHome(paths);
    const keys = await ensureKeys(paths, memoryLogger(), { repair: true });
    const config = { cpus: 1, memoryMiB: 1, diskGiB: 1, accelerator: "tcg" as const, imageDir: "" };
    const full = await writeGuestFiles(paths, keys, {
      ...config,
      daemonJson: "{}",
      environment: { HTTPS_PROXY: "http://proxy:3128" },
    });
    expect(full.map(({ name }) => name)).toEqual([
      "authorized_keys",
      "host_key",
      "daemon.json",
      "environment",
    ]);
    expect(await readFile(path.join(paths.guestFiles, "environment"), "utf8")).toBe(
      "HTTPS_PROXY=http://proxy:3128\n",
    );
    expect((await stat(path.join(paths.guestFiles, "host_key"))).mode & 0o777).toBe(0o600);
    expect((await writeGuestFiles(paths, keys, config)).map(({ name }) => name)).toEqual([
      "authorized_keys",
      "host_key",
    ]);
    await expect(
      writeGuestFiles(paths, keys, { ...config, environment: { A: "x\nLD_PRELOAD=y" } }),
    ).rejects.toMatchObject({ code: "environment_invalid" });
  });
});
