export { identityOf, VERSION_LABEL } from "./berth-labels.ts";
export { createContainer } from "./create.ts";
export { type ContainerDetails } from "./details.ts";
export { parseRunLine } from "./parse-run.ts";
export { Recreate } from "./recreate.ts";
export { renderCompose } from "./render-compose.ts";
export { renderDockerRun } from "./render-run.ts";
