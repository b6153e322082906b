import { parseArgs } from "node:util";
import { benchUi } from "./ui/ui.ts";
import { benchVm } from "./vm.ts";

const usage = "usage: npm run bench -- vm|ui [--json] [--rounds N]";
const suites = { vm: benchVm, ui: benchUi } as const;

/** Runs one suite and prints its figures: ratios first, because absolute times depend on the computer. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, rounds: { type: "string", default: "5" } },
  });
  const rounds = Number(values.rounds);
  const [suite, ...more] = positionals;
  if (more.length > 0 || (suite !== "vm" && suite !== "ui") || !Number.isInteger(rounds) || rounds < 1) {
    console.error(usage);
    return 2;
  }
  const report = await suites[suite](rounds, (text) => {
    console.error(text);
  });
  if (values.json) {
    console.log(JSON.stringify(report, null, 2));
    return 0;
  }
  for (const [name, value] of Object.entries(report.ratios)) console.log(`${name.padEnd(20)} ${value}`);
  for (const [name, value] of Object.entries(report.notes))
    console.log(`${name.padEnd(20)} ${String(value)}`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
