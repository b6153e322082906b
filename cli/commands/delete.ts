import { createInterface } from "node:readline/promises";
import type { BerthClient, Status } from "../../engine/contract/index.ts";
import type { Context } from "../context.ts";
import { untilEngineEnds } from "../engine-end.ts";
import { exitCodes, usageFailure } from "../failure.ts";
import { count, formatBytes } from "../text.ts";

/** Removes the VM after asking; names what is lost. */
export async function deleteVm(context: Context, keepData: boolean): Promise<number> {
  return context.withEngine(async (client) => {
    const before = await client.vm.status();
    if (before.state === "absent" && before.disk.hostUsedBytes === 0) {
      await context.output.result(before, () => "There is no VM to delete.");
      return exitCodes.done;
    }
    const loss = keepData ? "The VM and its saved state" : await describeLoss(client, before);
    if (!(await confirmed(context, loss, keepData))) {
      context.output.note("Nothing was deleted.");
      return exitCodes.failed;
    }
    await client.vm.delete({ keepData });
    const after = await client.vm.status();
    // An engine without a VM has nothing to keep; the next command starts one.
    const ended = untilEngineEnds(client);
    await client.system.quit({ vm: "keep" });
    await ended;
    await context.output.result(after, () =>
      keepData ? "The VM is deleted; its disk is kept." : "The VM is deleted with everything in it.",
    );
    return exitCodes.done;
  });
}

/** What a delete destroys, as exactly as it can be known: a VM that does not run cannot be asked. */
async function describeLoss(client: BerthClient, status: Status): Promise<string> {
  const onDisk = `${formatBytes(status.disk.hostUsedBytes)} on this computer`;
  if (status.state !== "running") {
    return `The VM's disk with all containers, images and volumes (${onDisk}; start the VM to see how many)`;
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
  return `${parts.join(", ").replace(/, ([^,]*)$/, " and $1")} (${onDisk})`;
}

async function confirmed(context: Context, loss: string, keepData: boolean): Promise<boolean> {
  const { stdin, stderr } = context.surroundings;
  const sentence = keepData
    ? `${loss} will be deleted; containers, images and volumes stay.`
    : `${loss} will be lost for good.`;
  if (context.yes) {
    context.output.note(sentence);
    return true;
  }
  if (stdin.isTTY !== true) {
    throw usageFailure(`${sentence} Nobody can be asked here.`, "Add --yes to delete without a question.");
  }
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await lines.question(`${sentence}\nDelete? [y/N] `);
    return ["y", "yes"].includes(answer.trim().toLowerCase());
  } finally {
    lines.close();
  }
}
