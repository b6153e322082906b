export { completePath } from "./complete.ts";
export { fileProblem, resolveHostPath, sizeOfFile } from "./path.ts";
export { writeStream } from "./write-stream.ts";
