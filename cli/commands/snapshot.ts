import type { VmSnapshot, VmSnapshots } from "../../engine/contract/index.ts";
import { snapshotNameSchema } from "../../engine/contract/index.ts";
import { confirmed } from "../confirm.ts";
import type { Context } from "../context.ts";
import { exitCodes, usageFailure } from "../failure.ts";
import { escapeText, formatAge, formatBytes, formatTable } from "../text.ts";

/** Keeps the VM as it is now under a name. */
export function createSnapshot(context: Context, name: string, withState: boolean): Promise<number> {
  const checked = snapshotNameSchema.safeParse(name);
  if (!checked.success) {
    throw usageFailure(
      `"${escapeText(name)}" cannot be the name of a snapshot.`,
      "Use letters, digits, . - and _",
    );
  }
  return context.withEngine(async (client) => {
    const made = await working(
      context,
      "Keeping the VM as it is now",
      client.snapshots.create({ name, withState }),
    );
    await context.output.result(
      made,
      () =>
        `Snapshot "${name}" is made${made.withState ? ", with the running VM" : " of the disk"}. Go back to it with: berth snapshot restore ${name}`,
    );
    return exitCodes.done;
  });
}

/** Lists all snapshots with what each takes. */
export async function listSnapshots(context: Context): Promise<number> {
  const list = await context.withEngine((client) => client.snapshots.list());
  await context.output.result(list, () => formatSnapshots(list, Date.now()));
  return exitCodes.done;
}

/** Puts the VM back; says what is replaced and how to take it back. */
export function restoreSnapshot(context: Context, name: string): Promise<number> {
  return context.withEngine(async (client) => {
    const { snapshots, pendingRestore } = await client.snapshots.list();
    const known = snapshots.find((snapshot) => snapshot.name === name);
    if (known === undefined) throw missing(name);
    const age = formatAge(Date.now() - Date.parse(known.createdAt));
    const earlier =
      pendingRestore === null
        ? ""
        : ` What the restore of "${escapeText(pendingRestore.snapshot)}" replaced is given up.`;
    const sentence = `Containers, images and volumes go back to what they were ${age} ago. What is there now is kept until you decide.${earlier}`;
    if (!(await confirmed(context, sentence, "Restore?"))) {
      context.output.note("Nothing was changed.");
      return exitCodes.failed;
    }
    const after = await working(context, "Putting the VM back", client.snapshots.restore({ name }));
    await context.output.result(after, () =>
      [
        `The VM is as it was in "${name}".`,
        "Take that back with: berth snapshot undo",
        "Give up what it replaced with: berth snapshot keep",
      ].join("\n"),
    );
    return exitCodes.done;
  });
}

/** Takes the last restore back. */
export function undoRestore(context: Context): Promise<number> {
  return context.withEngine(async (client) => {
    const { pendingRestore } = await client.snapshots.list();
    if (pendingRestore === null) throw nothingRestored();
    const sentence = `What happened in the VM since "${escapeText(pendingRestore.snapshot)}" was restored is lost.`;
    if (!(await confirmed(context, sentence, "Take the restore back?"))) {
      context.output.note("Nothing was changed.");
      return exitCodes.failed;
    }
    const after = await working(context, "Putting the VM back", client.snapshots.undo());
    await context.output.result(after, () => "The VM is as it was before the restore.");
    return exitCodes.done;
  });
}

/** Settles for the last restore: gives up what it replaced. */
export function keepRestore(context: Context): Promise<number> {
  return context.withEngine(async (client) => {
    const { pendingRestore } = await client.snapshots.list();
    if (pendingRestore === null) throw nothingRestored();
    const sentence = `What the VM was before "${escapeText(pendingRestore.snapshot)}" was restored is lost for good.`;
    if (!(await confirmed(context, sentence, "Give it up?"))) {
      context.output.note("Nothing was changed.");
      return exitCodes.failed;
    }
    const after = await client.snapshots.confirm();
    await context.output.result(after, () => "What the restore replaced is given up.");
    return exitCodes.done;
  });
}

/** Deletes a snapshot; the VM stays as it is. */
export function deleteSnapshot(context: Context, name: string): Promise<number> {
  return context.withEngine(async (client) => {
    const { snapshots } = await client.snapshots.list();
    const known = snapshots.find((snapshot) => snapshot.name === name);
    if (known === undefined) throw missing(name);
    const sentence = `The snapshot "${name}" will be lost for good (${formatBytes(known.uniqueBytes)}); the VM stays as it is.`;
    if (!(await confirmed(context, sentence, "Delete?"))) {
      context.output.note("Nothing was deleted.");
      return exitCodes.failed;
    }
    await client.snapshots.delete({ name });
    const after = await client.snapshots.list();
    await context.output.result(after, () => `The snapshot "${name}" is deleted.`);
    return exitCodes.done;
  });
}

async function working<T>(context: Context, text: string, work: Promise<T>): Promise<T> {
  const display = context.output.progress();
  display.update(text);
  try {
    return await work;
  } finally {
    display.close();
  }
}

function formatSnapshots({ snapshots, pendingRestore }: VmSnapshots, nowMs: number): string {
  if (snapshots.length === 0) return "There is no snapshot. Make one with: berth snapshot create NAME";
  const rows = snapshots.map((snapshot) => [
    escapeText(snapshot.name),
    `${formatAge(nowMs - Date.parse(snapshot.createdAt))} ago`,
    contentOf(snapshot),
    formatBytes(snapshot.uniqueBytes),
  ]);
  const table = formatTable(["NAME", "MADE", "CONTENT", "TAKES"], rows);
  return pendingRestore === null
    ? table
    : `${table}\n\n"${escapeText(pendingRestore.snapshot)}" was restored. berth snapshot undo takes that back, berth snapshot keep gives up what it replaced.`;
}

function contentOf({ withState, automatic }: VmSnapshot): string {
  const content = withState ? "disk and running VM" : "disk";
  return automatic ? `${content}, replaced by a restore` : content;
}

function missing(name: string) {
  return usageFailure(`There is no snapshot "${escapeText(name)}".`, "berth snapshot list shows all.");
}

function nothingRestored() {
  return usageFailure(
    "No restore waits to be taken back or kept.",
    "berth snapshot list shows the snapshots.",
  );
}
