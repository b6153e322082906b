export { builtInTemplates } from "./library/built-in.ts";
export { Templates } from "./templates.ts";
