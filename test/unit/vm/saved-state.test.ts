import { rename, stat, truncate, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { DiskGeneration, SavedState, suspendFiles } from "../../../vm/host/disk/saved-state.ts";
import { machinePaths, prepareHome } from "../../../vm/host/index.ts";
import { temporaryHome } from "./support/home.ts";

const facts = {
  driver: "qemu",
  driverVersion: "10.0.2",
  deviceHash: "d",
  imageDir: "/image",
  imageHash: "i",
  shape: { cpus: 2, memoryMiB: 2048, accelerator: "tcg" as const },
  configuration: "c",
};

async function saved() {
  const paths = machinePaths(await temporaryHome());
  await prepareHome(paths);
  const generation = new DiskGeneration(paths.diskGeneration);
  const state = new SavedState(suspendFiles(paths), generation);
  await generation.beginRun();
  await writeFile(state.partialFile, "memory of a machine");
  return { paths, state, generation };
}

describe("a saved state", () => {
  it("counts once it is complete, and never after the machine has run again", async () => {
    const { state, generation } = await saved();
    expect(await state.inspect()).toEqual({ kind: "none" });
    await state.commit(facts);
    expect(await state.inspect()).toMatchObject({ kind: "valid", metadata: facts });
    await generation.beginRun();
    expect(await state.inspect()).toEqual({ kind: "unusable", reason: "the disk has been used since" });
  });

  it("is out of the way before the machine runs, and gone afterwards", async () => {
    const { state, paths } = await saved();
    await state.commit(facts);
    await state.consume();
    await expect(stat(paths.suspendState)).rejects.toThrow("ENOENT");
    // A crash right here must not bring it back: the disk may have changed.
    await state.restoreUnused();
    expect((await state.inspect()).kind).not.toBe("valid");
    await state.discardUsed();
    expect(await state.inspect()).toEqual({ kind: "none" });
  });

  it("is as good as before when its use ended between loading and running", async () => {
    const { state, paths } = await saved();
    await state.commit(facts);
    await rename(paths.suspendState, paths.suspendStateUsed);
    await state.restoreUnused();
    expect((await state.inspect()).kind).toBe("valid");
  });

  it.each([
    ["cut short", async (paths: ReturnType<typeof machinePaths>) => truncate(paths.suspendState, 3)],
    [
      "without its description",
      async (paths: ReturnType<typeof machinePaths>) => writeFile(paths.suspendMetadata, "{"),
    ],
    [
      "with a lost counter",
      async (paths: ReturnType<typeof machinePaths>) => writeFile(paths.diskGeneration, "?"),
    ],
  ])("is not used when %s", async (_name, damage) => {
    const { state, paths } = await saved();
    await state.commit(facts);
    await damage(paths);
    expect((await state.inspect()).kind).toBe("unusable");
  });

  it("stays void after its counter was lost and made anew", async () => {
    const { state, paths, generation } = await saved();
    await state.commit(facts);
    await writeFile(paths.diskGeneration, "?");
    await generation.beginRun();
    expect(await state.inspect()).toMatchObject({ kind: "unusable" });
  });
});
