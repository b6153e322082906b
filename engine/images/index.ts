export { imageDetails } from "./details.ts";
export { importRootfs, loadImages, saveImages } from "./files.ts";
export { Images } from "./images.ts";
export { checkUpdates } from "./updates.ts";
