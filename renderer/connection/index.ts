export { engine } from "./engine.svelte.ts";
export type { EnginePhase } from "./engine.svelte.ts";
export { follow } from "./follow.svelte.ts";
