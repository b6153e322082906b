import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Stage } from "./stage.ts";

const run = promisify(execFile);

/** Runs the `berth` command on a home as the stage's user; answers what it printed. */
async function berth(stage: Stage, home: string, args: readonly string[]): Promise<string> {
  const [program, ...rest] = stage.berth(args);
  const { stdout } = await run(program, rest, { env: stage.environment(home) });
  return stdout;
}

/** Sets a new home up so that the window leaves the VM alone, for tests that need none. */
export async function withoutVm(stage: Stage, home: string): Promise<void> {
  await berth(stage, home, ["config", "set", "vm.startWithApp=false"]);
}
