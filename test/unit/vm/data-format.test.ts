import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type DataFormats,
  Machine,
  machinePaths,
  type MachinePaths,
  type MigrationContext,
  prepareHome,
} from "../../../vm/host/index.ts";
import { containing, memoryLogger, temporaryHome } from "./support/home.ts";

const frozen = fileURLToPath(new URL("../../fixtures/home-format-1/vm", import.meta.url));

let paths: MachinePaths;
let machine: Machine | null = null;

beforeEach(async () => {
  paths = machinePaths(await temporaryHome());
  await prepareHome(paths);
  await cp(frozen, paths.vm, { recursive: true });
  await chmod(paths.dataDisk, 0o600);
  await fakeImage(path.join(paths.home, "image"));
});

afterEach(async () => {
  await machine?.close();
  machine = null;
});

/** Starts as far as an image goes that holds no system: the data is brought up to date before. */
async function started(formats?: DataFormats): Promise<unknown> {
  await machine?.close();
  const config = {
    ...{ cpus: 1, memoryMiB: 256, diskGiB: 1, accelerator: "tcg" as const },
    imageDir: path.join(paths.home, "image"),
  };
  machine = await Machine.open(paths.home, () => config, memoryLogger(), {
    limits: { helloEmulationMs: 500 },
    ...(formats ? { formats } : {}),
  });
  return machine.start().then(
    () => null,
    (error: unknown) => error,
  );
}

async function fakeImage(folder: string): Promise<void> {
  await mkdir(folder);
  const files: Record<string, { sha256: string; bytes: number }> = {};
  for (const name of ["kernel", "initrd", "root.erofs"]) {
    const content = Buffer.from(`${name} `.repeat(300));
    await writeFile(path.join(folder, name), content);
    files[name] = { sha256: createHash("sha256").update(content).digest("hex"), bytes: content.length };
  }
  const arch = process.arch === "arm64" ? "arm64" : "amd64";
  const manifest = { format: 1, arch, recipeHash: "r", files, versions: {}, kernelArguments: "quiet" };
  await writeFile(path.join(folder, "manifest.json"), JSON.stringify(manifest));
}

async function format(): Promise<unknown> {
  return JSON.parse(await readFile(paths.dataFormat, "utf8"));
}

function holds(number: number): boolean {
  const output = execFileSync("qemu-io", ["-f", "qcow2", "-c", `read -P ${number} 900M 1M`, paths.dataDisk]);
  return !output.toString().includes("Pattern verification failed");
}

/** What a format 2 might be: a mark at 900 MiB. */
function toFormat2(run: (context: MigrationContext) => Promise<void> = mark): DataFormats {
  return { present: 2, migrations: [{ from: 1, spaceBytes: 2 ** 20, run }] };
}

function mark({ dataDisk }: MigrationContext): Promise<void> {
  execFileSync("qemu-io", ["-f", "qcow2", "-c", "write -P 42 900M 1M", dataDisk]);
  return Promise.resolve();
}

describe("the data of a home", () => {
  it("of format 1 is taken as it is by this Berth", async () => {
    await started();
    expect(await format()).toEqual({ format: 1, upgrading: null });
    expect(await machine?.snapshots.list()).toEqual([]);
    await rm(paths.dataFormat);
    await started();
    expect(await machine?.snapshots.list()).toEqual([]);
  });

  it("is migrated once, and what was before is kept", async () => {
    await started(toFormat2());
    expect(await format()).toEqual({ format: 2, upgrading: null });
    expect(holds(42)).toBe(true);
    expect(await machine?.snapshots.list()).toMatchObject([{ name: "before-format-2", automatic: true }]);
    await started(toFormat2(() => Promise.reject(new Error("a second time"))));
    expect(await format()).toEqual({ format: 2, upgrading: null });

    // Who goes back gets the data as it was, in its format.
    await machine?.snapshots.restore("before-format-2");
    expect(await format()).toEqual({ format: 1, upgrading: null });
    expect(holds(0)).toBe(true);
  });

  it("is as it was when its migration fails, or the engine does not survive it", async () => {
    const fails = toFormat2(async (context) => {
      await mark(context);
      throw new Error("half way");
    });
    expect(await started(fails)).toMatchObject({
      code: "data_upgrade_failed",
      message: containing("as it was"),
    });
    expect(await format()).toEqual({ format: 1, upgrading: null });
    expect(holds(0)).toBe(true);
    expect(await machine?.snapshots.list()).toEqual([]);

    // The same again, but for the repair: the journal of the upgrade is all that is left of it.
    await started(toFormat2());
    await writeFile(
      paths.dataFormat,
      JSON.stringify({ format: 1, upgrading: { to: 2, backup: "before-format-2" } }),
    );
    expect(await started(fails)).toMatchObject({ code: "data_upgrade_failed" });
    expect(holds(0)).toBe(true);
    expect((await readdir(paths.vm)).filter((name) => name.endsWith(".qcow2"))).toEqual(["data.qcow2"]);
  });

  it("of a newer format is refused, and nothing is touched", async () => {
    await writeFile(paths.dataFormat, JSON.stringify({ format: 3, upgrading: null }));
    const before = await readFile(paths.dataDisk);
    expect(await started(toFormat2())).toMatchObject({
      code: "data_format_newer",
      message: containing("format 3"),
    });
    expect(machine?.snapshot().state).toBe("stopped");
    expect((await readFile(paths.dataDisk)).equals(before)).toBe(true);
    expect(await format()).toEqual({ format: 3, upgrading: null });
  });
});
