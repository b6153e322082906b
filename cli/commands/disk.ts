import type { Context } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { formatBytes } from "../text.ts";

/** Shows what the disk holds in the VM and takes on this computer. */
export async function diskUsage(context: Context): Promise<number> {
  const { disk, vm } = await context.withEngine((client) => client.vm.status());
  await context.output.result({ ...disk, diskGiB: vm.diskGiB }, () =>
    [
      `In the VM          ${disk.guestUsedBytes === null ? "unknown, the VM is not running" : `${formatBytes(disk.guestUsedBytes)} of ${vm.diskGiB} GiB`}`,
      `On this computer   ${formatBytes(disk.hostUsedBytes)}`,
    ].join("\n"),
  );
  return exitCodes.done;
}
