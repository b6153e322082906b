import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ElectronApplication } from "playwright-core";
import { expect } from "vitest";

/** Saves every download of the app in a folder, without asking; answers what was saved under a name. */
export async function saveDownloadsIn(
  app: ElectronApplication,
  dir: string,
): Promise<(name: string) => Promise<string>> {
  await app.evaluate(({ session }, folder) => {
    session.defaultSession.on("will-download", (_event, item) => {
      const file = `${folder}/saved-${item.getFilename()}`;
      item.setSavePath(`${file}.part`);
      item.once("done", () => {
        process.getBuiltinModule("node:fs").renameSync(`${file}.part`, file);
      });
    });
  }, dir);
  return async (name) => {
    const file = path.join(dir, `saved-${name}`);
    await expect.poll(() => existsSync(file), { timeout: 60_000 }).toBe(true);
    return readFile(file, "utf8");
  };
}
