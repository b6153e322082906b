// npm run test:faults [-- --long …]: breaks a real VM in every way and looks whether it comes back; test/faults tells
// how. Results go to stdout, one line of JSON each, progress to stderr.
import { spawn } from "node:child_process";
import path from "node:path";
import { onEndWish } from "./run/signals.mjs";
import { setUp } from "./setup/index.mjs";
import { projectNode } from "./setup/node-runtime.mjs";
import { checkout } from "./setup/paths.mjs";
import { reportProblem } from "./setup/problem.mjs";
import { createReporter } from "./setup/progress.mjs";
import { makeRunDir } from "./test/run-dir.mjs";

try {
  const runDir = makeRunDir(await setUp("serve", createReporter(process.stderr)));
  try {
    const program = path.join(checkout, "test", "faults", "run.ts");
    const child = spawn(projectNode(), [program, ...process.argv.slice(2)], {
      stdio: "inherit",
      env: runDir.env,
      detached: true,
    });
    onEndWish((signal) => child.kill(signal));
    process.exitCode = await new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
  } finally {
    await runDir.remove();
  }
} catch (error) {
  process.exitCode = reportProblem(error);
}
