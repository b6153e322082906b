import type { DiskUsage } from "../../engine/contract/index.ts";
import type { Context } from "../context.ts";
import { exitCodes, usageFailure } from "../failure.ts";
import { formatBytes } from "../text.ts";

/** Shows what the disk holds in the VM and takes on this computer. */
export async function diskUsage(context: Context): Promise<number> {
  const usage = await context.withEngine((client) => client.disk.usage());
  await context.output.result(usage, () => formatUsage(usage));
  return exitCodes.done;
}

/** Gives memory and disk space that the VM does not use back to this computer. */
export function diskReclaim(context: Context): Promise<number> {
  return context.withEngine(async (client) => {
    const display = context.output.progress();
    display.update("Giving unused space back");
    const result = await client.disk.reclaim().finally(() => {
      display.close();
    });
    const { freedDiskBytes, freedMemoryBytes, hostUsedBytes, guestUsedBytes } = result;
    await context.output.result(result, () =>
      [
        `Given back         ${formatBytes(Math.max(0, freedDiskBytes))} of disk${freedMemoryBytes === null ? "" : `, ${formatBytes(Math.max(0, freedMemoryBytes))} of memory`}`,
        ...(guestUsedBytes === null ? [] : [`In the VM          ${formatBytes(guestUsedBytes)}`]),
        `On this computer   ${formatBytes(hostUsedBytes)}`,
      ].join("\n"),
    );
    return exitCodes.done;
  });
}

/** Makes the disk larger, while the VM runs or not. */
export function diskGrow(context: Context, size: string): Promise<number> {
  const diskGiB = Number(size);
  if (!/^\d+$/.test(size) || diskGiB < 4 || diskGiB > 4096) {
    throw usageFailure(
      `"${size}" is no size of a disk.`,
      "Give whole GiB from 4 to 4096: berth disk grow 128",
    );
  }
  return context.withEngine(async (client) => {
    const usage = await client.disk.grow({ diskGiB });
    await context.output.result(
      usage,
      () =>
        `The disk may hold ${usage.diskGiB} GiB now; it takes only what is stored.\n${formatUsage(usage)}`,
    );
    return exitCodes.done;
  });
}

function formatUsage(usage: DiskUsage): string {
  const { guestUsedBytes, diskGiB } = usage;
  const row = (label: string, text: string) => `${label.padEnd(18)} ${text}`;
  const extra = (label: string, bytes: number) => (bytes === 0 ? [] : [row(label, formatBytes(bytes))]);
  return [
    row(
      "In the VM",
      guestUsedBytes === null
        ? `unknown of ${diskGiB} GiB, the VM is not running`
        : `${formatBytes(guestUsedBytes)} of ${diskGiB} GiB`,
    ),
    row("On this computer", formatBytes(usage.hostUsedBytes)),
    ...extra("Suspended VM", usage.suspendedBytes),
    ...extra("For a fast start", usage.warmBytes),
    ...extra("VM snapshots", usage.snapshotBytes),
  ].join("\n");
}
