import type { LiveList } from "../live/live-list.ts";
import type { Services } from "../services.ts";
import { BerthError } from "../vm.ts";

/** How long a list waits for a tunnel that is being rebuilt. */
const PATIENCE_MS = 15_000;

/** A list that cannot be seen right now is an error, never an empty list. */
export async function knownList<T>(services: Services, list: LiveList<T>): Promise<T[]> {
  await services.dockerKnown(PATIENCE_MS);
  const items = list.all();
  if (items !== null) return items;
  throw new BerthError({
    code: "docker_not_reachable",
    message: "Docker cannot be reached, because the VM is not running or just starting.",
    hint: "Start it with `berth start`, or resume it with `berth resume`.",
  });
}
