// npm run bench -- vm|ui [--json]: measures on a real VM, or in the real window; test/bench tells what. Progress goes
// to stderr.
import { spawn } from "node:child_process";
import path from "node:path";
import { onEndWish } from "./run/signals.mjs";
import { setUp } from "./setup/index.mjs";
import { projectNode } from "./setup/node-runtime.mjs";
import { checkout } from "./setup/paths.mjs";
import { reportProblem } from "./setup/problem.mjs";
import { createReporter } from "./setup/progress.mjs";
import { makeRunDir } from "./test/run-dir.mjs";
import { startXvfb } from "./test/xvfb.mjs";

try {
  const forWindow = process.argv[2] === "ui";
  const runDir = makeRunDir(await setUp(forWindow ? "test" : "serve", createReporter(process.stderr)));
  /** @type {{ display: string, stop(): Promise<void> } | undefined} */
  let xvfb;
  try {
    if (forWindow && process.platform === "linux") {
      xvfb = await startXvfb();
      runDir.env["DISPLAY"] = xvfb.display;
      delete runDir.env["WAYLAND_DISPLAY"];
    }
    const bench = path.join(checkout, "test", "bench", "run.ts");
    const child = spawn(projectNode(), [bench, ...process.argv.slice(2)], {
      stdio: "inherit",
      env: runDir.env,
      detached: true,
    });
    onEndWish((signal) => child.kill(signal));
    process.exitCode = await new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
  } finally {
    await xvfb?.stop();
    await runDir.remove();
  }
} catch (error) {
  process.exitCode = reportProblem(error);
}
