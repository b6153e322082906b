import { existsSync } from "node:fs";
import path from "node:path";

/** The built window beside the program, in `folder/renderer`; null where there is none. */
export function findRendererFolder(folder: string): string | null {
  const renderer = path.join(folder, "renderer");
  return existsSync(path.join(renderer, "index.html")) ? renderer : null;
}
