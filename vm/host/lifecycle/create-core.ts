import { type DataFormats, knownFormats } from "../disk/data-format.ts";
import { DiskGeneration, SavedState, suspendFiles, warmFiles } from "../disk/saved-state.ts";
import { QemuDriver } from "../driver/qemu/qemu-driver.ts";
import type { MachinePaths } from "../paths.ts";
import { GuestTunnel } from "../tunnel/guest-tunnel.ts";
import type { Logger, MachineConfig, MachineProgress } from "../types.ts";
import { defaultLimits, type MachineCore, type MachineLimits } from "./core.ts";
import type { Journal } from "./journal.ts";
import { MachineStatus } from "./status.ts";

/** Settings for tests and unusual hosts. */
export interface MachineOptions {
  environment?: NodeJS.ProcessEnv;
  limits?: Partial<MachineLimits>;
  logCapBytes?: number;
  formats?: DataFormats;
}

/** What the parts tell the machine. */
interface CoreListeners {
  changed: () => void;
  progress: (progress: MachineProgress) => void;
  /** Somebody wants into the guest while there is no way: what there is to wait for. */
  incoming: (wake: boolean) => Promise<void> | null;
  endedUnasked: () => void;
}

/** Puts the parts together that all transitions share. */
export function createCore(
  paths: MachinePaths,
  config: () => MachineConfig,
  logger: Logger,
  journal: Journal | null,
  options: MachineOptions,
  listeners: CoreListeners,
): MachineCore {
  const environment = options.environment ?? process.env;
  const tunnel = new GuestTunnel({
    dockerSocket: paths.dockerSocket,
    logger,
    onIncoming: listeners.incoming,
  });
  tunnel.on("state", listeners.changed);
  const generation = new DiskGeneration(paths.diskGeneration);
  return {
    paths,
    logger,
    environment,
    driver: new QemuDriver(paths, logger, environment),
    status: new MachineStatus({
      file: paths.journal,
      journal,
      logger,
      onChange: listeners.changed,
      onProgress: listeners.progress,
    }),
    generation,
    saved: new SavedState(suspendFiles(paths), generation),
    warm: new SavedState(warmFiles(paths), generation),
    tunnel,
    config,
    limits: { ...defaultLimits, ...options.limits },
    formats: options.formats ?? knownFormats,
    endedUnasked: listeners.endedUnasked,
    running: null,
  };
}
