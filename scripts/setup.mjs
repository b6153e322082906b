// Set-up alone: `node scripts/setup.mjs [run|serve|test|check|build|package]`. npm start and npm test do the same by themselves.
import { createReporter } from "./setup/progress.mjs";
import { reportProblem } from "./setup/problem.mjs";
import { describeElectron, setUp } from "./setup/index.mjs";

const purpose = process.argv[2] ?? "run";
if (!isPurpose(purpose)) {
  console.error("usage: node scripts/setup.mjs [run|serve|test|check|build|package]");
  process.exit(2);
}
try {
  const result = await setUp(purpose, createReporter());
  if (result.electron) console.log(describeElectron(result.electron));
  if (result.imageDir) console.log(`Guest image ${result.imageDir}`);
} catch (error) {
  process.exitCode = reportProblem(error);
}

/**
 * @param {string} word
 * @returns {word is import("./setup/index.mjs").Purpose}
 */
function isPurpose(word) {
  return ["run", "serve", "test", "check", "build", "package"].includes(word);
}
