import { execFileSync } from "node:child_process";
import { link, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataDisk } from "../../../vm/host/disk/data-disk.ts";
import { stackBytes } from "../../../vm/host/disk/disk-layers.ts";
import { BerthError, Machine, machinePaths, type MachinePaths, prepareHome } from "../../../vm/host/index.ts";
import { memoryLogger, temporaryHome } from "./support/home.ts";

let paths: MachinePaths;
let machine: Machine;

const config = { cpus: 1, memoryMiB: 256, diskGiB: 1, accelerator: "tcg" as const, imageDir: "/nowhere" };

async function open(): Promise<void> {
  machine = await Machine.open(paths.home, () => config, memoryLogger());
}

beforeEach(async () => {
  paths = machinePaths(await temporaryHome());
  await prepareHome(paths);
  await new DataDisk(paths.dataDisk, "qemu-img").ensure(1);
  await open();
});

afterEach(async () => {
  await machine.close();
});

/** Fills a megabyte of the disk, at the given one, with a number. */
function put(number: number, at = 0): void {
  execFileSync("qemu-io", ["-f", "qcow2", "-c", `write -P ${number} ${at}M 1M`, paths.dataDisk]);
}

function holds(number: number, at = 0): boolean {
  const output = execFileSync("qemu-io", [
    ...["-f", "qcow2", "-c", `read -P ${number} ${at}M 1M`, paths.dataDisk],
  ]).toString();
  return !output.includes("Pattern verification failed");
}

async function names(): Promise<string[]> {
  return (await machine.snapshots.list()).map(({ name }) => name);
}

async function diskFiles(): Promise<string[]> {
  return (await readdir(paths.vm)).filter((name) => name.endsWith(".qcow2"));
}

describe("snapshots of a VM that stands still", () => {
  it("bring the disk back, and keep what they replace until it is confirmed", async () => {
    put(1);
    const made = await machine.snapshots.create("one", { withState: false });
    expect(made).toMatchObject({ name: "one", withState: false, automatic: false, diskGiB: 1 });
    put(2);
    put(9, 5);

    const pending = await machine.snapshots.restore("one");
    expect(machine.snapshot().pendingRestore).toEqual(pending);
    expect([holds(1), holds(0, 5)]).toEqual([true, true]);
    expect(await machine.snapshots.list()).toMatchObject([
      { name: "one" },
      { name: pending.replaced, automatic: true },
    ]);
    await expect(machine.snapshots.restore("one")).rejects.toMatchObject({ code: "snapshot_pending" });

    put(3);
    await machine.snapshots.undoRestore();
    expect([holds(2), holds(9, 5)]).toEqual([true, true]);
    expect(await names()).toEqual(["one"]);
    expect(machine.snapshot().pendingRestore).toBeNull();

    await machine.snapshots.restore("one");
    put(4, 1);
    await machine.snapshots.confirmRestore();
    expect([holds(1), holds(4, 1)]).toEqual([true, true]);
    expect(await names()).toEqual(["one"]);
  });

  it("are deleted in any order without changing what others hold; at the end one file is left", async () => {
    for (const [index, name] of ["a", "b", "c"].entries()) {
      put(index + 1);
      put(index + 1, index + 1);
      await machine.snapshots.create(name, { withState: false });
    }
    put(4);
    // Two rest on "a" now: "b", and the present.
    await machine.snapshots.restore("a");
    await machine.snapshots.confirmRestore();
    put(5, 9);
    await machine.snapshots.delete("a");
    expect([holds(1), holds(1, 1), holds(0, 2), holds(5, 9)]).toEqual([true, true, true, true]);
    await machine.snapshots.restore("c");
    expect([holds(3), holds(1, 1), holds(2, 2), holds(3, 3)]).toEqual([true, true, true, true]);
    await machine.snapshots.delete("b");
    await machine.snapshots.undoRestore();
    expect([holds(1), holds(5, 9), holds(0, 3)]).toEqual([true, true, true]);
    await machine.snapshots.delete("c");
    expect(await names()).toEqual([]);
    expect(await diskFiles()).toEqual(["data.qcow2"]);
    expect([holds(1), holds(1, 1), holds(5, 9)]).toEqual([true, true, true]);
    expect((await stat(paths.dataDisk)).mode & 0o777).toBe(0o600);
  });

  it("tell about what deleting them gives back", async () => {
    put(1);
    const before = await stackBytes(paths.dataDisk);
    await machine.snapshots.create("kept", { withState: false });
    put(2);
    expect(await stackBytes(paths.dataDisk)).toBeGreaterThan(before + 900_000);
    const [kept] = await machine.snapshots.list();
    expect(kept?.uniqueBytes).toBeGreaterThan(900_000);
    await machine.snapshots.delete("kept");
    expect(await stackBytes(paths.dataDisk)).toBeLessThan(before + 500_000);
    expect(holds(2)).toBe(true);
  });

  it("refuse names that are none, taken or unknown, and a running state where none runs", async () => {
    await machine.snapshots.create("taken", { withState: false });
    const refused = async (work: Promise<unknown>) =>
      work.then(String, (error: unknown) => (error instanceof BerthError ? error.code : String(error)));
    expect(await refused(machine.snapshots.create("../x", { withState: false }))).toBe(
      "snapshot_name_invalid",
    );
    expect(await refused(machine.snapshots.create("taken", { withState: false }))).toBe("snapshot_exists");
    expect(await refused(machine.snapshots.create("live", { withState: true }))).toBe("wrong_state");
    expect(await refused(machine.snapshots.restore("unknown"))).toBe("snapshot_missing");
    expect(await refused(machine.snapshots.delete("unknown"))).toBe("snapshot_missing");
    expect(await refused(machine.snapshots.undoRestore())).toBe("snapshot_nothing_to_undo");
    expect(await names()).toEqual(["taken"]);
  });

  it("are as if never begun when the engine died before the disk was replaced", async () => {
    put(1);
    await machine.snapshots.create("whole", { withState: false });
    put(2);
    await machine.close();
    // What stands there between the announcement and the replacement.
    const catalogue = JSON.parse(await readFile(paths.snapshots, "utf8")) as { snapshots: object[] };
    const half = { ...catalogue.snapshots[0], name: "half", layer: "0123456789ab" };
    await link(paths.dataDisk, path.join(paths.vm, "data.0123456789ab.qcow2"));
    await writeFile(
      paths.snapshots,
      JSON.stringify({ ...catalogue, snapshots: [...catalogue.snapshots, half] }),
    );
    await open();
    expect(await names()).toEqual(["whole"]);
    expect(holds(2)).toBe(true);
    expect(await diskFiles()).toHaveLength(2);
  });

  it("go with the VM", async () => {
    await machine.snapshots.create("gone", { withState: false });
    await machine.delete({ keepData: true });
    expect(await names()).toEqual(["gone"]);
    await machine.delete();
    expect(await diskFiles()).toEqual([]);
    expect(await names()).toEqual([]);
  });
});
