export { listSetting } from "./list.ts";
export { keysNeedingRestart, SettingsStore } from "./store.ts";
