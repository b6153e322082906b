export { keysNeedingRestart, SettingsStore } from "./store.ts";
