export { parseRunLine } from "./parse-run.ts";
export { Recreate } from "./recreate.ts";
export { renderCompose } from "./render-compose.ts";
export { renderDockerRun } from "./render-run.ts";
