export { builtInTemplates } from "./library/built-in.ts";
export { TemplateRuns } from "./run/run.ts";
export { Templates } from "./templates.ts";
