import type { Ledger } from "../ledger.ts";
import type { Rig } from "../rig.ts";

export interface World {
  rig: Rig;
  ledger: Ledger;
  /** Folder of a small file system of its own that holds the home; null where none could be made. */
  smallDisk: string | null;
}

/** One thing that goes wrong on purpose. The VM runs before it, and shall run after it. */
export interface FaultCase {
  id: string;
  /** Whether it is part of the short form too. */
  short: boolean;
  /** Why it cannot be run here, or null. */
  skip?: (world: World) => string | null;
  /** Does the damage; answers how much, when (performance.now), and what to say of it. */
  run: (world: World) => Promise<{ faults: number; at: number; note?: string }>;
}
