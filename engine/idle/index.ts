export type { IdleKeeper } from "./idle-keeper.ts";
export { type Idle, keepIdle } from "./keep-idle.ts";
export { Use } from "./use.ts";
