import type { Activity, BerthClient } from "../../../engine/contract/index.ts";
import { readStream } from "../../../engine/contract/index.ts";

/** Waits until an activity ends; throws what went wrong with it. */
export async function ended(client: BerthClient, id: string): Promise<Activity> {
  for await (const change of readStream(client, client.activity.watch())) {
    const items = change.kind === "snapshot" ? change.items : change.kind === "upsert" ? [change.item] : [];
    const activity = items.find((item) => item.id === id);
    if (activity === undefined || activity.state === "running") continue;
    if (activity.state === "done") return activity;
    const why = activity.error ? `${activity.error.message} ${activity.error.hint}` : activity.state;
    throw new Error(`${activity.title}: ${why}`);
  }
  throw new Error("the stream of activities ended");
}
