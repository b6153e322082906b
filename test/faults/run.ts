import { mkdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { runFaults } from "./harness.ts";
import { Report } from "./report.ts";
import { makeWorld } from "./world.ts";

const usage =
  "usage: npm run test:faults [-- [--long] [--seed N] [--resume FILE] [--only PATTERN] [--logs FOLDER]]";

/** Prints a line of JSON for each case and a summary; 0 when nothing was lost and nothing failed. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      long: { type: "boolean", default: false },
      seed: { type: "string", default: "1" },
      resume: { type: "string" },
      only: { type: "string" },
      logs: { type: "string" },
    },
  });
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed)) throw new TypeError(usage);
  const dist = process.env["BERTH_DIST"];
  if (dist === undefined) throw new Error("Run this with npm run test:faults.");
  if (values.logs !== undefined) mkdirSync(values.logs, { recursive: true });
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interruption.abort());

  const report = new Report((line) => {
    console.log(line);
  }, values.resume ?? null);
  const form = values.long ? "long" : "short";
  await runFaults({
    form,
    seed,
    only: values.only === undefined ? null : new RegExp(values.only),
    report,
    makeWorld: () =>
      makeWorld({
        program: path.join(dist, "berth.cjs"),
        ownDisk: values.long,
        keepLogsIn: values.logs ?? null,
        accelerators: null,
      }),
    progress: (text) => {
      console.error(text);
    },
    signal: interruption.signal,
  });
  const summary = report.summary();
  console.log(JSON.stringify({ form, seed, ...summary }));
  if (interruption.signal.aborted) return 130;
  return summary.failed === 0 && summary.lostRecords === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
