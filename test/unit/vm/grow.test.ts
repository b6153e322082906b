import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataDisk } from "../../../vm/host/disk/data-disk.ts";
import { Machine, machinePaths, prepareHome } from "../../../vm/host/index.ts";
import { memoryLogger, temporaryHome } from "./support/home.ts";

const config = { cpus: 1, memoryMiB: 256, diskGiB: 1, accelerator: "tcg" as const, imageDir: "/nowhere" };

let disk: DataDisk;
let machine: Machine;

const sizeGiB = async () => (await disk.virtualBytes()) / 2 ** 30;

beforeEach(async () => {
  const paths = machinePaths(await temporaryHome());
  await prepareHome(paths);
  disk = new DataDisk(paths.dataDisk, "qemu-img");
  await disk.ensure(2);
  machine = await Machine.open(paths.home, () => config, memoryLogger());
});

afterEach(async () => {
  await machine.close();
});

describe("growing the disk of a VM that is off", () => {
  it("lets the configuration ask for the size before the disk has it", async () => {
    const found: number[] = [];
    await machine.growDisk(3, async () => {
      found.push(await sizeGiB());
    });
    expect(found).toEqual([2]);
    expect(await sizeGiB()).toBe(3);
    expect(machine.snapshot().diskGiB).toBe(3);
  });

  it("changes nothing when the configuration cannot be changed", async () => {
    await expect(machine.growDisk(3, () => Promise.reject(new Error("no space")))).rejects.toThrow(
      "no space",
    );
    expect(await sizeGiB()).toBe(2);
  });

  it.each([
    [1, "disk_shrink"],
    [2.5, "disk_size_invalid"],
  ])("leaves the configuration alone when %s GiB cannot be", async (wantedGiB, code) => {
    let asked = false;
    const growing = machine.growDisk(wantedGiB, () => {
      asked = true;
      return Promise.resolve();
    });
    await expect(growing).rejects.toMatchObject({ code });
    expect(asked).toBe(false);
    expect(await sizeGiB()).toBe(2);
  });
});
