export { completePath } from "./complete.ts";
export { resolveHostPath, sizeOfFile } from "./path.ts";
export { writeStream } from "./write-stream.ts";
