import type { BerthClient } from "../../../engine/contract/client.ts";
import type { Status } from "../../../engine/contract/index.ts";
import { count, formatBinary } from "../../formats/quantity.ts";

/** What deleting the VM destroys, as exactly as it can be known: one that does not run cannot be asked. */
export async function lossOf(client: BerthClient, status: Status): Promise<string[]> {
  const [usage, { snapshots }] = await Promise.all([client.disk.usage(), client.snapshots.list()]);
  const what =
    status.state === "running"
      ? await counted(client)
      : "all containers, images and volumes (start the VM to see how many)";
  const kept =
    snapshots.length === 0
      ? ""
      : ` So ${snapshots.length === 1 ? "is" : "are"} ${count(snapshots.length, "VM snapshot")} (${formatBinary(usage.snapshotBytes)}).`;
  return [
    `The VM's disk is lost for good: ${what}, ${formatBinary(usage.hostUsedBytes)} on this computer.${kept}`,
  ];
}

async function counted(client: BerthClient): Promise<string> {
  const [containers, images, volumes] = await Promise.all([
    client.containers.list(),
    client.images.list(),
    client.volumes.names(),
  ]);
  return `${count(containers.length, "container")}, ${count(images.length, "image")} and ${count(volumes.length, "volume")}`;
}
