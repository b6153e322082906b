import { DataDisk, diskExists, shrinkRefused } from "../disk/data-disk.ts";
import { BerthError } from "../errors.ts";
import type { MachineCore } from "./core.ts";
import { notPossible } from "./states.ts";

const bytesPerGiB = 2 ** 30;

/**
 * Makes the data disk larger: at once when the VM runs, otherwise the guest takes the space at its next boot. Of a
 * suspended machine the disk must stay as it is.
 */
export async function growDisk(core: MachineCore, diskGiB: number): Promise<void> {
  const { status, running, paths, config } = core;
  if (!Number.isInteger(diskGiB) || diskGiB < 1) throw notASize(diskGiB);
  if (!(await diskExists(paths.dataDisk))) throw notPossible("grow its disk", status.state);
  const disk = new DataDisk(paths.dataDisk, await core.driver.imageTool(config().qemuDir));
  const presentBytes = await disk.virtualBytes();
  const wantedBytes = diskGiB * bytesPerGiB;
  if (wantedBytes < presentBytes) throw shrinkRefused(presentBytes, diskGiB);
  if (status.state === "running" && running !== null) {
    if (wantedBytes > presentBytes) await running.machine.growDisk(wantedBytes);
    await running.guest.grow();
  } else if (status.state === "stopped" || status.state === "broken") {
    // A machine that was kept knows the disk as it was.
    await core.warm.discard();
    await disk.ensure(diskGiB);
  } else throw notPossible("grow its disk", status.state);
  status.setDiskGiB(diskGiB);
  await status.flush();
}

function notASize(diskGiB: number): BerthError {
  return new BerthError({
    code: "disk_size_invalid",
    message: `${diskGiB} is no size for the data disk.`,
    hint: "Give a whole number of GiB, for example 100.",
  });
}
