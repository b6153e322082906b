import { implement } from "@orpc/server";
import { contract } from "../../engine/contract/contract.ts";
import type { DiskUsage, PowerReport, Status, VmSnapshot, VmSnapshots } from "../../engine/contract/index.ts";
import { Feed } from "./feed.ts";

const os = implement(contract);
const hour = 3_600_000;

/** The disk, as if it gave back a little each time. */
export function fakeDisk(status: () => Status) {
  const usage = (): DiskUsage => ({
    ...status().disk,
    diskGiB: status().vm.diskGiB,
    suspendedBytes: status().state === "suspended" ? 412 * 2 ** 20 : 0,
    warmBytes: 0,
    snapshotBytes: 1.9 * 2 ** 30,
  });
  return {
    usage: os.disk.usage.handler(usage),
    reclaim: os.disk.reclaim.handler(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const { guestUsedBytes, hostUsedBytes } = status().disk;
      return {
        freedDiskBytes: 1.2 * 2 ** 30,
        freedMemoryBytes: 640 * 2 ** 20,
        guestUsedBytes,
        hostUsedBytes,
      };
    }),
    grow: os.disk.grow.handler(({ input }) => ({ ...usage(), diskGiB: input.diskGiB })),
  };
}

export function fakeSnapshots() {
  let kept: VmSnapshots = {
    snapshots: [
      snapshot("before-upgrade", 50 * hour, true, 1.4 * 2 ** 30),
      snapshot("clean", 9 * hour, false, 0.5 * 2 ** 30),
    ],
    pendingRestore: null,
  };
  const without = (name: string): VmSnapshot[] => kept.snapshots.filter((known) => known.name !== name);
  return {
    list: os.snapshots.list.handler(() => kept),
    create: os.snapshots.create.handler(({ input }) => {
      const made = snapshot(input.name, 0, input.withState, 2 ** 20);
      kept = { ...kept, snapshots: [...kept.snapshots, made] };
      return made;
    }),
    restore: os.snapshots.restore.handler(({ input }) => {
      const replaced = { ...snapshot("replaced-1", 0, true, 600 * 2 ** 20), automatic: true };
      kept = {
        snapshots: [...kept.snapshots, replaced],
        pendingRestore: { snapshot: input.name, replaced: replaced.name, at: new Date().toISOString() },
      };
      return kept;
    }),
    confirm: os.snapshots.confirm.handler(
      () => (kept = { snapshots: without("replaced-1"), pendingRestore: null }),
    ),
    undo: os.snapshots.undo.handler(
      () => (kept = { snapshots: without("replaced-1"), pendingRestore: null }),
    ),
    delete: os.snapshots.delete.handler(({ input }) => {
      kept = { ...kept, snapshots: without(input.name) };
    }),
  };
}

export function fakePower() {
  const report = (): PowerReport => ({
    onBattery: false,
    idle: {
      enabled: true,
      suspendAt: null,
      reason: "It stays awake: 3 containers run.",
      last: {
        at: new Date(Date.now() - 2 * hour).toISOString(),
        outcome: "suspended",
        reason: "Suspended: nothing used it for 30 minutes.",
      },
    },
  });
  return {
    event: os.power.event.handler(() => undefined),
    get: os.power.get.handler(report),
    watch: os.power.watch.handler(({ signal }) => new Feed<PowerReport>().follow([report()], signal)),
  };
}

function snapshot(name: string, agoMs: number, withState: boolean, uniqueBytes: number): VmSnapshot {
  return {
    name,
    createdAt: new Date(Date.now() - agoMs).toISOString(),
    withState,
    automatic: false,
    diskGiB: 64,
    uniqueBytes: Math.round(uniqueBytes),
  };
}
