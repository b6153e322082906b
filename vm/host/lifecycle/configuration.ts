import { createHash } from "node:crypto";
import type { MachineConfig } from "../types.ts";

/**
 * Stands for everything a boot takes from the configuration, but for the disk's size: a machine that was kept is
 * worth resuming only while it is the same.
 */
export function configurationDigest(config: MachineConfig): string {
  const { cpus, memoryMiB, accelerator, daemonJson, environment = {} } = config;
  const variables = Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1));
  const facts = [cpus, memoryMiB, accelerator, daemonJson ?? null, variables];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 32);
}
