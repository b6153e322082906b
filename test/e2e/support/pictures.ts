import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import type { Stage } from "./stage.ts";

/**
 * Takes pictures of the window: for the documentation with BERTH_SCREENSHOTS=1, else on the stage, where they
 * vanish with it. What moves is held still.
 */
export function pictures(stage: Stage): (page: Page, name: string) => Promise<void> {
  const folder =
    process.env["BERTH_SCREENSHOTS"] === "1"
      ? path.resolve(import.meta.dirname, "../../../docs/screenshots")
      : path.join(stage.dir, "pictures");
  return async (page, name) => {
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, `${name}.png`), animations: "disabled", caret: "hide" });
  };
}
