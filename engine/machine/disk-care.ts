import type { Activities } from "../activity/index.ts";
import type { DiskUsage, ReclaimResult } from "../contract/index.ts";
import type { SettingsStore } from "../settings/index.ts";
import { BerthError } from "../vm.ts";
import type { EngineMachine } from "./engine-machine.ts";

type DiskMachine = Pick<EngineMachine, "snapshot" | "snapshots" | "refreshDisk" | "reclaim" | "growDisk">;

/** What the disk takes, and how it gets smaller on the host or larger in the guest. */
export class DiskCare {
  readonly #machine: DiskMachine;
  readonly #settings: SettingsStore;
  readonly #activities: Activities;

  constructor(machine: DiskMachine, settings: SettingsStore, activities: Activities) {
    this.#machine = machine;
    this.#settings = settings;
    this.#activities = activities;
  }

  async usage(): Promise<DiskUsage> {
    const { disk, diskGiB, suspendedBytes, warmBytes } = await this.#machine.refreshDisk();
    const snapshots = await this.#machine.snapshots.list();
    return {
      ...disk,
      diskGiB,
      suspendedBytes: suspendedBytes ?? 0,
      warmBytes: warmBytes ?? 0,
      snapshotBytes: snapshots.reduce((sum, { uniqueBytes }) => sum + uniqueBytes, 0),
    };
  }

  /** Shown as an activity: it takes seconds, and whoever started it may leave. */
  reclaim(): Promise<ReclaimResult> {
    return this.#activities.start(
      { kind: "disk.reclaim", title: "Give unused space back", cancellable: false },
      async (report) => {
        report({
          detail: "Memory and disk that the VM does not use go back to this computer",
          progress: null,
        });
        return this.#machine.reclaim();
      },
    ).done;
  }

  /**
   * Grows the disk and keeps its size as the setting, which asks for it before it is there: should all end in between,
   * the next start grows the disk, but one that asks for less than there is would be refused.
   */
  async grow(diskGiB: number): Promise<DiskUsage> {
    const present = this.#machine.snapshot().diskGiB;
    if (diskGiB < present) {
      throw new BerthError({
        code: "disk_shrink",
        message: `The VM's disk has ${present} GiB already and cannot shrink to ${diskGiB} GiB.`,
        hint: "It takes only what is stored: `berth disk reclaim` gives the rest back to this computer.",
      });
    }
    await this.#activities.start(
      { kind: "disk.grow", title: `Grow the disk to ${diskGiB} GiB`, cancellable: false },
      async (report) => {
        report({ detail: "The file system grows while it is in use", progress: null });
        await this.#machine.growDisk(diskGiB, async () => {
          await this.#settings.set({ "vm.diskGiB": diskGiB });
        });
      },
    ).done;
    return this.usage();
  }
}
