import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Stage } from "./stage.ts";

const run = promisify(execFile);

/**
 * The home whose VM the end-to-end files share, one after the other: the first boots it, each leaves it
 * suspended, the next resumes it. What a test needs of it, it makes; what it makes, it removes.
 */
export async function sharedHome(stage: Stage): Promise<string> {
  const home = path.join(process.env["BERTH_TEST_DIR"] ?? os.tmpdir(), "shared");
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (stage.user !== undefined) await run("chown", [`${stage.user}:`, home]);
  return home;
}
