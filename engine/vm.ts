/** The one door from the engine to the VM's host side. */
export {
  BerthError,
  createFileAtomically,
  describeError,
  findQemu,
  loadImage,
  Machine,
  machinePaths,
  prepareHome,
  processIdentity,
  systemCode,
  writeFileAtomically,
} from "../vm/host/index.ts";
export type {
  ClientTap,
  Logger,
  MachineConfig,
  MachineEvents,
  MachinePaths,
  MachineProgress,
  MachineSnapshot,
  PortForward,
  PortForwardStatus,
  Tunnel,
  TunnelEvents,
} from "../vm/host/index.ts";
