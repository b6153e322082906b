export { removeHelpers, volumeHelper } from "./browse.ts";
export { Volumes } from "./volumes.ts";
