export { ContainerFiles } from "./container-files.ts";
export { type UploadRequest, Uploads } from "./uploads.ts";
