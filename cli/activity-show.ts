import { type Activity, type BerthClient, readStream } from "../engine/contract/index.ts";
import type { Context } from "./context.ts";
import { escapeText } from "./text.ts";

/**
 * Waits for a call that the engine does as an activity of one of these kinds, and shows that meanwhile. Ctrl-C calls
 * it off.
 */
export async function showingActivity<T>(
  context: Context,
  client: BerthClient,
  kinds: readonly string[],
  call: () => Promise<T>,
): Promise<T> {
  const display = context.output.progress();
  const present = new Set((await client.activity.list()).map(({ id }) => id));
  let current: Activity | null = null;
  const follow = async () => {
    for await (const change of readStream(client, client.activity.watch())) {
      const items = change.kind === "snapshot" ? change.items : change.kind === "upsert" ? [change.item] : [];
      const own = items.find(
        ({ id, kind, state }) => !present.has(id) && kinds.includes(kind) && state === "running",
      );
      if (own === undefined) continue;
      current = own;
      const percent = own.progress === null ? "" : ` (${Math.floor(own.progress * 100)} %)`;
      display.update(
        `${escapeText(own.title)}${own.detail === "" ? "" : `: ${escapeText(own.detail)}`}${percent}`,
      );
    }
  };
  const forget = context.surroundings.onInterrupt(() => {
    if (current !== null) client.activity.cancel({ id: current.id }).catch(() => undefined);
  });
  // It ends with the connection.
  follow().catch(() => undefined);
  try {
    return await call();
  } finally {
    forget();
    display.close();
  }
}
