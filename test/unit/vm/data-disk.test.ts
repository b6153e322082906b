import { execFileSync } from "node:child_process";
import { open, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DataDisk, occupiedBytes } from "../../../vm/host/disk/data-disk.ts";
import { containing, temporaryHome } from "./support/home.ts";

async function disk() {
  const file = path.join(await temporaryHome(), "data.qcow2");
  return new DataDisk(file, "qemu-img");
}

describe("the data disk", () => {
  it("is created when absent: private, of the asked size, taking next to nothing", async () => {
    const data = await disk();
    expect(await data.ensure(16)).toEqual({ sizeGiB: 16, created: true });
    expect(await data.virtualBytes()).toBe(16 * 2 ** 30);
    expect((await stat(data.file)).mode & 0o777).toBe(0o600);
    expect(await occupiedBytes(data.file)).toBeLessThan(2 ** 20);
    expect(await data.ensure(16)).toEqual({ sizeGiB: 16, created: false });
  });

  it("grows with its content, and refuses to shrink", async () => {
    const data = await disk();
    await data.ensure(1);
    execFileSync("qemu-io", ["-f", "qcow2", "-c", "write -P 7 0 64k", data.file]);
    expect((await data.ensure(2)).sizeGiB).toBe(2);
    expect(execFileSync("qemu-io", ["-f", "qcow2", "-c", "read -P 7 0 64k", data.file]).toString()).toContain(
      "read 65536/65536",
    );
    await expect(data.ensure(1)).rejects.toMatchObject({
      code: "disk_shrink",
      hint: containing("2 GiB"),
    });
    expect(await data.virtualBytes()).toBe(2 * 2 ** 30);
  });

  it.each([
    ["something else", Buffer.from("not a disk at all, but precious")],
    ["an empty file", Buffer.alloc(0)],
    ["a header and nothing more", Buffer.from([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3])],
  ])("is called damaged and left as it is when it is %s", async (_name, content) => {
    const data = await disk();
    await writeFile(data.file, content);
    await expect(data.ensure(1)).rejects.toMatchObject({
      code: "disk_damaged",
      hint: containing("backup"),
    });
    expect(await readFile(data.file)).toEqual(content);
  });

  it("is checked for tables that contradict each other, without being changed", async () => {
    const data = await disk();
    await data.ensure(1);
    execFileSync("qemu-io", ["-f", "qcow2", "-c", "write 0 1M", data.file]);
    await expect(data.check()).resolves.toBeUndefined();
    // Points the first entry of the first-level table to a place that is no table.
    const handle = await open(data.file, "r+");
    const header = Buffer.alloc(64);
    await handle.read(header, 0, 64, 0);
    const table = Number(header.readBigUInt64BE(40));
    await handle.write(Buffer.from([0x80, 0, 0, 0, 0, 0, 2, 0]), 0, 8, table);
    await handle.close();
    const before = await readFile(data.file);
    await expect(data.check()).rejects.toMatchObject({ code: "disk_damaged" });
    expect(await readFile(data.file)).toEqual(before);
  });
});
