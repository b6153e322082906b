// npm test [-- STAGE… [-- ARGUMENTS]]: sets up what tests need, then runs the stages in order:
// types, lint, unit, docker, vm, e2e. ARGUMENTS go to the test runner, for example `npm test -- unit -- -t lock`.
// The last line sums up: `N passed, N failed`.
import { spawn } from "node:child_process";
import path from "node:path";
import { onEndWish } from "./run/signals.mjs";
import { setUp } from "./setup/index.mjs";
import { checkout } from "./setup/paths.mjs";
import { reportProblem } from "./setup/problem.mjs";
import { createReporter } from "./setup/progress.mjs";
import { checks } from "./test/checks.mjs";
import { closingLine, readCounts } from "./test/counts.mjs";
import { makeRunDir } from "./test/run-dir.mjs";
import { startXvfb } from "./test/xvfb.mjs";

/** @typedef {"types" | "lint" | "unit" | "docker" | "vm" | "e2e"} Stage */
const allStages = /** @type {const} */ (["types", "lint", "unit", "docker", "vm", "e2e"]);

/** @type {import("node:child_process").ChildProcess | undefined} */
let current;
let interrupted = false;

/**
 * @param {readonly string[]} words
 * @returns {{ stages: Stage[], runnerArgs: string[] }}
 */
function parse(words) {
  const split = words.indexOf("--");
  const names = split === -1 ? words : words.slice(0, split);
  const stages = names.map((name) => {
    const stage = allStages.find((known) => known === name);
    if (stage) return stage;
    console.error(`usage: npm test [-- ${allStages.join("|")} … [-- ARGUMENTS]]`);
    return process.exit(2);
  });
  return {
    stages: stages.length > 0 ? stages : [...allStages],
    runnerArgs: split === -1 ? [] : words.slice(split + 1),
  };
}

/**
 * Runs a program of the checkout with its output shown.
 * @param {readonly string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
function run([program = "", ...args], env) {
  return new Promise((resolve) => {
    const bin = path.join(
      checkout,
      "node_modules",
      ".bin",
      process.platform === "win32" ? `${program}.cmd` : program,
    );
    const child = spawn(bin, args, {
      cwd: checkout,
      env,
      stdio: ["ignore", "inherit", "inherit"],
      detached: true,
    });
    current = child;
    child.on("error", (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/**
 * @param {Stage} stage
 * @param {{ dir: string, env: NodeJS.ProcessEnv }} runDir
 * @param {readonly string[]} runnerArgs
 * @returns {Promise<import("./test/counts.mjs").Counts[]>}
 */
async function runStage(stage, { dir, env }, runnerArgs) {
  if (stage === "types" || stage === "lint") {
    const counts = [];
    for (const command of checks[stage]) {
      console.log(`\n── ${stage}: ${command[0]}`);
      const ok = (await run(command, env)) === 0;
      counts.push({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });
      if (interrupted) break;
    }
    return counts;
  }
  console.log(`\n── ${stage}`);
  const report = path.join(dir, `${stage}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const code = await run(["vitest", "run", "--project", stage, ...reporters, ...runnerArgs], env);
  return [readCounts(report, code)];
}

async function main() {
  const { stages, runnerArgs } = parse(process.argv.slice(2));
  const needsGuest = stages.some((stage) => stage === "docker" || stage === "vm" || stage === "e2e");
  const setup = await setUp(needsGuest ? "test" : "check", createReporter());

  const runDir = makeRunDir(setup);
  onEndWish((signal) => {
    interrupted = true;
    current?.kill(signal);
  });
  /** @type {import("./test/counts.mjs").Counts[]} */
  const counts = [];
  /** @type {{ display: string, stop(): Promise<void> } | undefined} */
  let xvfb;
  try {
    for (const stage of stages) {
      if (stage === "e2e" && process.platform === "linux") {
        xvfb = await startXvfb();
        runDir.env["DISPLAY"] = xvfb.display;
        delete runDir.env["WAYLAND_DISPLAY"];
      }
      counts.push(...(await runStage(stage, runDir, runnerArgs)));
      if (interrupted) break;
    }
  } finally {
    await xvfb?.stop();
    await runDir.remove();
  }
  if (interrupted) console.error("\nInterrupted.");
  console.log(`\n${closingLine(counts)}`);
  const allPassed = !interrupted && counts.every(({ failed }) => failed === 0);
  process.exitCode = allPassed ? 0 : interrupted ? 130 : 1;
}

await main().catch((error) => {
  process.exitCode = reportProblem(error);
  console.log("\n0 passed, 1 failed");
});
