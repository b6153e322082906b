export { examineFolder } from "./examine.ts";
export { GuestLayout } from "./layout.ts";
export { ComposeProjects } from "./projects.ts";
export type { SimpleAction } from "./projects.ts";
export type { Work } from "./preparation.ts";
export { editableFiles, saveFile, validateFile } from "./project-files.ts";
export { ProjectRecords } from "./record.ts";
export type { ProjectRecord } from "./record.ts";
