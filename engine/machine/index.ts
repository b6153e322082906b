export { machineConfig } from "./config.ts";
export { DiskCare } from "./disk-care.ts";
export { DiskUse } from "./disk-use.ts";
export type { EngineMachine, OpenMachine } from "./engine-machine.ts";
export { Resources } from "./resources.ts";
export { statusOf } from "./status.ts";
export { openVmLog } from "./vm-logs.ts";
export { VmSnapshotKeeper } from "./vm-snapshots.ts";
