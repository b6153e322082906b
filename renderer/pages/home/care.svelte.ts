import type { DiskUsage, VmSnapshots } from "../../../engine/contract/index.ts";
import { engine } from "../../connection/index.ts";

/** What Home shows of disk and snapshots; null is not known yet. Read when something changed, never on a clock. */
class Care {
  usage: DiskUsage | null = $state.raw(null);
  snapshots: VmSnapshots | null = $state.raw(null);
  private round = 0;

  /** Reads both anew; what is shown stays until then. */
  async refresh(): Promise<void> {
    const client = engine.client;
    if (client === null) return;
    const round = (this.round += 1);
    try {
      const [usage, snapshots] = await Promise.all([client.disk.usage(), client.snapshots.list()]);
      // An earlier answer that comes late knows less.
      if (round !== this.round) return;
      this.usage = usage;
      this.snapshots = snapshots;
    } catch {
      // The connection is gone; the next one refreshes again.
    }
  }
}

export const care = new Care();
