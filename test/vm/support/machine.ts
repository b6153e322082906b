import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, inject } from "vitest";
import {
  type Logger,
  Machine,
  type MachineConfig,
  type MachinePaths,
  machinePaths,
} from "../../../vm/host/index.ts";
import { testImageDir } from "./image.ts";

const nothing = () => undefined;
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export function machineConfig(): MachineConfig {
  return { cpus: 2, memoryMiB: 1536, diskGiB: 8, accelerator: "auto", imageDir: testImageDir() };
}

/** The machine of a suite: running in its tests, and replaceable by another Machine of the same home. */
export interface MachineUnderTest {
  home: string;
  paths: MachinePaths;
  machine: Machine;
  docker: Docker;
  /** Gives the machine up as a dying engine does, and opens its home anew. */
  reopen(between?: () => Promise<void>): Promise<void>;
}

/** The VM that all suites share. It runs when the tests begin and is suspended after them. */
export function useSharedMachine(): MachineUnderTest {
  return useMachine(
    () => Promise.resolve(inject("sharedMachineHome")),
    async (machine) => {
      await machine.suspend();
      await machine.close();
    },
  );
}

/** A VM of the suite's own, in the folder given or one of its own, deleted after the tests. */
export function useOwnMachine(folder?: () => Promise<string>): MachineUnderTest {
  let home = "";
  return useMachine(
    async () => (home = folder ? await folder() : await mkdtemp(path.join(tmpdir(), "berth-vm-"))),
    async (machine) => {
      await machine.delete();
      await machine.close();
      if (!folder) await rm(home, { recursive: true, force: true });
    },
  );
}

function useMachine(
  home: () => Promise<string>,
  finish: (machine: Machine) => Promise<void>,
): MachineUnderTest {
  let machine: Machine | null = null;
  const under = {
    home: "",
    get paths() {
      return machinePaths(under.home);
    },
    get machine() {
      if (!machine) throw new Error("the machine is not open");
      return machine;
    },
    get docker() {
      return new Docker({ socketPath: under.machine.paths.dockerSocket });
    },
    async reopen(between = () => Promise.resolve()) {
      await machine?.close();
      machine = null;
      await between();
      machine = await Machine.open(under.home, machineConfig, silentLogger);
    },
  };
  beforeAll(async () => {
    under.home = await home();
    await under.reopen();
    await under.machine.start();
  });
  afterAll(async () => {
    if (machine) await finish(machine);
  });
  return under;
}
