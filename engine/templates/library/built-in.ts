import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the templates that came with Berth: beside the program, or in the checkout where it runs from source. */
export function builtInTemplates(programFolder: string): string {
  const beside = path.join(programFolder, "resources", "templates");
  if (existsSync(beside)) return beside;
  return fileURLToPath(new URL("../../../resources/templates", import.meta.url));
}
