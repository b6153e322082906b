import type { Driver, RunningMachine } from "../driver/driver.ts";
import type { DataFormats } from "../disk/data-format.ts";
import type { DiskGeneration, SavedState } from "../disk/saved-state.ts";
import type { MachineKeys } from "../guest/keys.ts";
import type { MachinePaths } from "../paths.ts";
import type { GuestTunnel } from "../tunnel/guest-tunnel.ts";
import type { Logger, MachineConfig } from "../types.ts";
import type { GuestSession } from "./guest-session.ts";
import type { MachineStatus } from "./status.ts";

/** What all transitions of one machine share. */
export interface MachineCore {
  readonly paths: MachinePaths;
  readonly logger: Logger;
  readonly environment: NodeJS.ProcessEnv;
  readonly driver: Driver;
  readonly status: MachineStatus;
  readonly generation: DiskGeneration;
  /** The machine as `suspend` left it. */
  readonly saved: SavedState;
  /** The machine as a warm stop left it: quiet, without containers. */
  readonly warm: SavedState;
  readonly tunnel: GuestTunnel;
  readonly config: () => MachineConfig;
  readonly limits: MachineLimits;
  readonly formats: DataFormats;
  /** To be called when the process has ended unasked and that has been noted. */
  readonly endedUnasked: () => void;
  /** The process of the machine, while there is one. */
  running: ActiveMachine | null;
}

/** A machine's process with what belongs to it. */
export interface ActiveMachine {
  machine: RunningMachine;
  guest: GuestSession;
  keys: MachineKeys;
  /** Its end is wanted: it is no accident. */
  ending: boolean;
}

/** How long things may take, in milliseconds. */
export interface MachineLimits {
  /** First word of the guest with hardware acceleration: longer means that it does not work. */
  helloHardwareMs: number;
  helloEmulationMs: number;
  /** From one boot phase to the next. */
  phaseMs: number;
  /** The guest's own "ready" after Docker answers. */
  lastWordMs: number;
  /** The tunnel after a resume. */
  reconnectMs: number;
  /** Ordered shutdown, containers' stop grace included. */
  shutdownMs: number;
  /** From the guest's word that it hibernates to its end. */
  hibernateMs: number;
  /** Containers coming back after a warm start. */
  containersMs: number;
}

export const defaultLimits: MachineLimits = {
  helloHardwareMs: 15_000,
  helloEmulationMs: 120_000,
  phaseMs: 120_000,
  lastWordMs: 30_000,
  reconnectMs: 60_000,
  shutdownMs: 60_000,
  hibernateMs: 300_000,
  containersMs: 60_000,
};
