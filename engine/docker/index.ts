export { volumeListAnswer } from "./answers.ts";
export { createDocker } from "./client.ts";
export { translateDockerError } from "./errors.ts";
export { imageDefaults } from "./image-defaults.ts";
export { openContainerLogs } from "./logs.ts";
export { DockerModel } from "./model.ts";
export { pullImage } from "./pull.ts";
export { runContainer } from "./run.ts";
