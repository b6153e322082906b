import { execFileSync } from "node:child_process";
import { copyFile, open, stat, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { blankHibernationDisk, holdsImage } from "../../../vm/host/disk/hibernation-disk.ts";
import { DiskGeneration, SavedState, suspendFiles } from "../../../vm/host/disk/saved-state.ts";
import { sparseDigest } from "../../../vm/host/disk/sparse-digest.ts";
import { suspendMethod } from "../../../vm/host/driver/qemu/suspend-method.ts";
import { machinePaths, prepareHome } from "../../../vm/host/index.ts";
import { temporaryHome } from "./support/home.ts";

const facts = {
  driver: "qemu",
  driverVersion: "10.0.2",
  deviceHash: "d",
  imageDir: "/image",
  imageHash: "i",
  shape: { cpus: 2, memoryMiB: 64, accelerator: "tcg" as const },
  configuration: "c",
};

async function writeAt(file: string, bytes: Buffer, position: number): Promise<void> {
  const handle = await open(file, "r+");
  await handle.write(bytes, 0, bytes.length, position);
  await handle.close();
}

describe("the check sum of a saved state", () => {
  it("notices a single changed byte and moved content, but not where zeros are holes", async () => {
    const file = path.join(await temporaryHome(), "state");
    await writeFile(file, "");
    await truncate(file, 64 * 2 ** 20);
    await writeAt(file, Buffer.alloc(300_000, 7), 20 * 2 ** 20);
    const digest = await sparseDigest(file, "qemu-img");

    const copy = `${file}.copy`;
    await copyFile(file, copy);
    await writeAt(copy, Buffer.alloc(100_000), 5 * 2 ** 20);
    expect(await sparseDigest(copy, "qemu-img")).toBe(digest);
    await writeAt(copy, Buffer.from([8]), 20 * 2 ** 20 + 150_000);
    expect(await sparseDigest(copy, "qemu-img")).not.toBe(digest);

    await writeFile(copy, "");
    await truncate(copy, 64 * 2 ** 20);
    await writeAt(copy, Buffer.alloc(300_000, 7), 21 * 2 ** 20);
    expect(await sparseDigest(copy, "qemu-img")).not.toBe(digest);
  });
});

describe("a state that the guest writes itself", () => {
  async function hibernated() {
    const paths = machinePaths(await temporaryHome());
    await prepareHome(paths);
    const generation = new DiskGeneration(paths.diskGeneration);
    await generation.beginRun();
    await blankHibernationDisk(paths.hibernationDisk, "qemu-img", 64);
    return { paths, generation, state: new SavedState(suspendFiles(paths), generation) };
  }
  const sign = (disk: string) =>
    execFileSync("qemu-io", [
      ...["-f", "qcow2", "-c", "write -P 0x53 4086 1", "-c", "write -P 0x31 4087 1"],
      ...["-c", "write -P 0x53 4088 1", "-c", "write -P 0x55 4089 1", "-c", "write -P 0x53 4090 1"],
      ...["-c", "write -P 0x50 4091 1", "-c", "write -P 0x45 4092 1", "-c", "write -P 0x4e 4093 1"],
      ...["-c", "write -P 0x44 4094 1", disk],
    ]);

  it("is told by the kernel's signature", async () => {
    const { paths } = await hibernated();
    expect(await holdsImage(paths.hibernationDisk, "qemu-img")).toBe(false);
    sign(paths.hibernationDisk);
    expect(await holdsImage(paths.hibernationDisk, "qemu-img")).toBe(true);
  });

  it("goes on from the same disk, once, and is void for any other run", async () => {
    const { paths, state, generation } = await hibernated();
    expect(await state.hibernationAnnounced()).toBe(false);
    await state.announceHibernation(facts);
    expect(await state.hibernationAnnounced()).toBe(true);
    sign(paths.hibernationDisk);
    await state.commitHibernation();
    await state.forgetHibernation();
    expect(await state.inspect()).toMatchObject({ kind: "valid", metadata: { method: "hibernate" } });

    await state.consume();
    expect((await stat(paths.hibernationDisk)).size).toBeGreaterThan(0);
    expect((await state.inspect()).kind).not.toBe("valid");
    await state.announceHibernation(facts);
    await generation.beginRun();
    expect(await state.hibernationAnnounced()).toBe(false);
  });
});

describe("the way to suspend", () => {
  it("is QEMU's own where that works, the guest's on Windows, and can be forced", () => {
    expect(suspendMethod({}, "linux")).toBe("migrate");
    expect(suspendMethod({}, "darwin")).toBe("migrate");
    expect(suspendMethod({}, "win32")).toBe("hibernate");
    expect(suspendMethod({ BERTH_SUSPEND: "hibernate" }, "linux")).toBe("hibernate");
    expect(() => suspendMethod({ BERTH_SUSPEND: "sleep" }, "linux")).toThrow("no way to suspend");
  });
});
