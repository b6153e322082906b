import { expect, test } from "vitest";
import { Activities } from "../../../engine/activity/index.ts";
import { DiskCare } from "../../../engine/machine/index.ts";
import { SettingsStore } from "../../../engine/settings/index.ts";
import { MemoryLogger } from "./support/logger.ts";
import { temporaryFolder } from "./support/temporary.ts";

type DiskMachine = ConstructorParameters<typeof DiskCare>[0];

/** A VM with a disk of 64 GiB that is cut off while it grows. */
function cutOff(canGrow: boolean): DiskMachine {
  const machine: Partial<DiskMachine> = {
    snapshot: () => ({ diskGiB: 64 }) as ReturnType<DiskMachine["snapshot"]>,
    growDisk: async (_diskGiB, ask) => {
      if (canGrow) await ask?.();
      throw new Error("cut off");
    },
  };
  return machine as DiskMachine;
}

test.each([
  ["keeps asking for a size that the disk may have already", true, 100],
  ["asks for what it did when the disk could not grow at all", false, 64],
])("a growth that is cut off %s", async (_, canGrow, wantedGiB) => {
  const home = await temporaryFolder();
  const logger = new MemoryLogger();
  const settings = await SettingsStore.open(home, logger);
  const activities = new Activities(() => ({ message: "It was cut off.", hint: "" }), logger);
  await expect(new DiskCare(cutOff(canGrow), settings, activities).grow(100)).rejects.toThrow();
  expect((await SettingsStore.open(home, logger)).get()["vm.diskGiB"]).toBe(wantedGiB);
});
