export { machineConfig } from "./config.ts";
export { DiskUse } from "./disk-use.ts";
export { Resources } from "./resources.ts";
export { statusOf } from "./status.ts";
export { openVmLog } from "./vm-logs.ts";
