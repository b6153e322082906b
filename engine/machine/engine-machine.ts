import type { EventEmitter } from "node:events";
import type { Logger, Machine, MachineConfig, MachineEvents } from "../vm.ts";

/** What the engine asks of the machine that runs dockerd: all that is public of `Machine`. */
export type EngineMachine = Omit<Machine, keyof EventEmitter> & EventEmitter<MachineEvents>;

/** Opens the machine of a home; `config` is asked at every start. */
export type OpenMachine = (
  home: string,
  config: () => MachineConfig,
  logger: Logger,
) => Promise<EngineMachine>;
