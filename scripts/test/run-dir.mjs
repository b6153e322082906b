import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { projectEnv } from "../setup/node-runtime.mjs";
import { distDir } from "../setup/paths.mjs";
import { testUser } from "../setup/test-user.mjs";
import { endLeftovers, unmountLeftovers } from "./leftovers.mjs";

/**
 * A folder for everything that one run of tests makes. Its name is short, because the paths of sockets below it
 * are limited to about 100 bytes.
 * @param {import("../setup/index.mjs").SetupResult} setup
 */
export function makeRunDir({ electron, imageDir }) {
  const dir = mkdtempSync(path.join(os.tmpdir(), "berth-t-"));
  chmodSync(dir, 0o755);
  mkdirSync(path.join(dir, "home"), { mode: 0o700 });
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...projectEnv(),
    BERTH_TEST_DIR: dir,
    TMPDIR: dir,
    BERTH_HOME: path.join(dir, "home"),
    BERTH_DIST: distDir,
    ...(imageDir ? { BERTH_IMAGE_DIR: imageDir } : {}),
    ...(electron ? { ELECTRON_OVERRIDE_DIST_PATH: electron.dir } : {}),
    ...(process.getuid?.() === 0 ? { BERTH_TEST_USER: testUser } : {}),
  };
  return {
    dir,
    env,
    /** Ends what tests left running, says so, and removes the folder. */
    async remove() {
      const left = await endLeftovers(dir);
      if (left.length > 0) console.error(`\nLeft running; ended now:\n  ${left.join("\n  ")}`);
      unmountLeftovers(dir);
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
