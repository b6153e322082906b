import type { Activity, BerthClient } from "../../../engine/contract/index.ts";
import { expect } from "vitest";

/** The activity once it ended, however it did. */
export async function ended(client: BerthClient, id: string, timeoutMs = 30_000): Promise<Activity> {
  const current = async () => (await client.activity.list()).find((activity) => activity.id === id);
  await expect.poll(async () => (await current())?.state, { timeout: timeoutMs }).not.toBe("running");
  const activity = await current();
  if (activity === undefined) throw new Error("The activity is gone.");
  return activity;
}

/** Waits until an activity is done; its own error says why not. */
export async function done(client: BerthClient, id: string): Promise<void> {
  const { state, error } = await ended(client, id);
  if (state !== "done") throw new Error(`${state}: ${error?.message ?? ""}`);
}
