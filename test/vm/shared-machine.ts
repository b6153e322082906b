import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { Machine } from "../../vm/host/index.ts";
import { machineConfig, silentLogger } from "./support/machine.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Home of the one VM that all suites share. It is booted by the first suite that opens it. */
    sharedMachineHome: string;
  }
}

/** Global set-up of the VM tests: one home for all; suites leave its VM suspended, so it costs nothing. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = await mkdtemp(path.join(tmpdir(), "berth-vm-"));
  project.provide("sharedMachineHome", home);
  return async () => {
    const machine = await Machine.open(home, machineConfig, silentLogger);
    await machine.delete();
    await machine.close();
    await rm(home, { recursive: true, force: true });
  };
}
