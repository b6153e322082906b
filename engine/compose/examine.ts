import path from "node:path";
import type { FolderExamination } from "../contract/index.ts";
import { readDefinition } from "./definition.ts";
import { findProject } from "./project-folder.ts";
import { DOCKERFILE_SERVICE } from "./preparation.ts";

/** What a folder holds that could be run; needs no VM. Throws when there is nothing. */
export async function examineFolder(given: string, name: string): Promise<FolderExamination> {
  const { folder, kind, files } = await findProject(given);
  const relative = (file: string) => path.relative(folder, file);
  const common = { folder, kind, name, files: files.map(relative) };
  if (kind === "dockerfile")
    return { ...common, services: [DOCKERFILE_SERVICE], variables: [], problems: [] };
  const definition = await readDefinition(folder, files);
  return {
    ...common,
    services: definition.services,
    variables: definition.variables,
    problems: definition.problems.map((problem) => ({ ...problem, file: relative(problem.file) })),
  };
}
