import { stackBytes } from "../disk/disk-layers.ts";
import { residentBytes } from "../driver/resident-memory.ts";
import type { ReclaimResult } from "../types.ts";
import type { MachineCore } from "./core.ts";
import { guestUsedBytes } from "./figures.ts";
import { notPossible } from "./states.ts";

/** The guest reports free memory to QEMU two seconds after it was freed, and a part at a time. */
const lookMs = 1_000;
const patienceMs = 15_000;
/** Less than this between two looks means that nothing more comes. */
const noteworthyBytes = 4 * 2 ** 20;
/** Looks without change until that is believed: a round of reports takes two seconds. */
const quietLooks = 3;

/** Gives what the guest does not use back to this computer: blocks of the disk, and memory. */
export async function reclaim(core: MachineCore): Promise<ReclaimResult> {
  const { status, running, paths, tunnel } = core;
  if (status.state !== "running" || running === null) throw notPossible("give space back", status.state);
  const { pid } = running.machine.record;
  const memoryBefore = await residentBytes(pid);
  const diskBefore = await stackBytes(paths.dataDisk);
  await running.guest.trim();
  await running.guest.drop();
  const memoryAfter = memoryBefore === null ? null : await settled(() => residentBytes(pid));
  const hostUsedBytes = await stackBytes(paths.dataDisk);
  return {
    freedDiskBytes: Math.max(0, diskBefore - hostUsedBytes),
    freedMemoryBytes:
      memoryBefore === null || memoryAfter === null ? null : Math.max(0, memoryBefore - memoryAfter),
    hostUsedBytes,
    guestUsedBytes: await guestUsedBytes(tunnel),
  };
}

/** The figure once it has stopped falling, or after our patience. Nothing tells of that, so it is looked at. */
async function settled(measure: () => Promise<number | null>): Promise<number | null> {
  const deadline = Date.now() + patienceMs;
  let lowest = await measure();
  for (let quiet = 0; lowest !== null && quiet < quietLooks && Date.now() < deadline;) {
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    const now = await measure();
    if (now === null) return null;
    quiet = now < lowest - noteworthyBytes ? 0 : quiet + 1;
    lowest = Math.min(lowest, now);
  }
  return lowest;
}
