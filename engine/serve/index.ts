export { findRendererFolder } from "./renderer-folder.ts";
export { Serve } from "./serve.ts";
