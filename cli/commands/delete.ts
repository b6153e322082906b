import type { BerthClient, DiskUsage, Status } from "../../engine/contract/index.ts";
import { confirmed } from "../confirm.ts";
import type { Context } from "../context.ts";
import { untilEngineEnds } from "../engine-end.ts";
import { exitCodes } from "../failure.ts";
import { count, formatBytes } from "../text.ts";

/** Removes the VM after asking; names what is lost. */
export function deleteVm(context: Context, keepData: boolean): Promise<number> {
  return context.withEngine(async (client) => {
    const before = await client.vm.status();
    const usage = await client.disk.usage();
    if (before.state === "absent" && usage.hostUsedBytes === 0) {
      await context.output.result(before, () => "There is no VM to delete.");
      return exitCodes.done;
    }
    if (!(await confirmed(context, await sentence(client, before, usage, keepData), "Delete?"))) {
      context.output.note("Nothing was deleted.");
      return exitCodes.failed;
    }
    await client.vm.delete({ keepData });
    const after = await client.vm.status();
    await endEngine(client);
    await context.output.result(after, () =>
      keepData ? "The VM is deleted; its disk is kept." : "The VM is deleted with everything in it.",
    );
    return exitCodes.done;
  });
}

/** Removes the VM and forgets all settings, after asking; names what is lost. */
export function factoryReset(context: Context, keepData: boolean): Promise<number> {
  return context.withEngine(async (client) => {
    const before = await client.vm.status();
    const usage = await client.disk.usage();
    const loss = `${await sentence(client, before, usage, keepData)} All settings go back to their defaults.`;
    if (!(await confirmed(context, loss, "Reset?"))) {
      context.output.note("Nothing was changed.");
      return exitCodes.failed;
    }
    await client.vm.delete({ keepData });
    await client.settings.reset();
    const after = await client.vm.status();
    await endEngine(client);
    await context.output.result(after, () =>
      keepData ? "Berth is as new; the VM's disk is kept." : "Berth is as new.",
    );
    return exitCodes.done;
  });
}

/** An engine without a VM has nothing to keep; the next command starts one. */
async function endEngine(client: BerthClient): Promise<void> {
  const ended = untilEngineEnds(client);
  await client.system.quit({ vm: "keep" });
  await ended;
}

async function sentence(
  client: BerthClient,
  status: Status,
  usage: DiskUsage,
  keepData: boolean,
): Promise<string> {
  if (keepData) {
    const kept = `its disk with containers, images and volumes (${formatBytes(usage.hostUsedBytes)}) stays`;
    const saved = usage.suspendedBytes + usage.warmBytes;
    return saved === 0
      ? `The VM will be deleted; ${kept}.`
      : `The VM and its saved state (${formatBytes(saved)}) will be deleted; what ran goes on no more, ${kept}.`;
  }
  return `${await describeLoss(client, status, usage)} will be lost for good.`;
}

/** What a delete destroys, as exactly as it can be known: a VM that does not run cannot be asked. */
async function describeLoss(client: BerthClient, status: Status, usage: DiskUsage): Promise<string> {
  const onDisk = `${formatBytes(usage.hostUsedBytes)} on this computer`;
  const snapshots = await describeSnapshots(client, usage);
  if (status.state !== "running") {
    return `The VM's disk with all containers, images and volumes (${onDisk}; start the VM to see how many)${snapshots}`;
  }
  const [containers, images, volumes] = await Promise.all([
    client.containers.list(),
    client.images.list(),
    client.volumes.names(),
  ]);
  const parts = [
    count(containers.length, "container"),
    count(images.length, "image"),
    count(volumes.length, "volume"),
  ];
  return `${parts.join(", ").replace(/, ([^,]*)$/, " and $1")} (${onDisk})${snapshots}`;
}

async function describeSnapshots(client: BerthClient, usage: DiskUsage): Promise<string> {
  const { snapshots } = await client.snapshots.list();
  if (snapshots.length === 0) return "";
  return `, together with ${count(snapshots.length, "VM snapshot")} (${formatBytes(usage.snapshotBytes)})`;
}
