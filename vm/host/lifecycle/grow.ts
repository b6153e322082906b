import { DataDisk, diskExists, shrinkRefused } from "../disk/data-disk.ts";
import { BerthError } from "../errors.ts";
import type { MachineCore } from "./core.ts";
import { notPossible } from "./states.ts";

const bytesPerGiB = 2 ** 30;

/**
 * Makes the data disk larger: at once when the VM runs, otherwise the guest takes the space at its next boot. Of a
 * suspended machine the disk must stay as it is. `ask` hears of the growth when nothing stands in its way and nothing has
 * been changed: the configuration has to ask for the new size from then on.
 */
export async function growDisk(core: MachineCore, diskGiB: number, ask: () => Promise<void>): Promise<void> {
  const { status, running, paths, config } = core;
  if (!Number.isInteger(diskGiB) || diskGiB < 1) throw notASize(diskGiB);
  if (!(await diskExists(paths.dataDisk))) throw notPossible("grow its disk", status.state);
  const disk = new DataDisk(paths.dataDisk, await core.driver.imageTool(config().qemuDir));
  const presentBytes = await disk.virtualBytes();
  const wantedBytes = diskGiB * bytesPerGiB;
  if (wantedBytes < presentBytes) throw shrinkRefused(presentBytes, diskGiB);
  const online = status.state === "running" ? running : null;
  if (online === null && status.state !== "stopped" && status.state !== "broken") {
    throw notPossible("grow its disk", status.state);
  }
  await ask();
  if (online !== null) {
    if (wantedBytes > presentBytes) await online.machine.growDisk(wantedBytes);
    await online.guest.grow();
  } else {
    // A machine that was kept knows the disk as it was.
    await core.warm.discard();
    await disk.ensure(diskGiB);
  }
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
