#!/usr/bin/env node
// The checkout's `berth` command (npx berth …): runs the built program in this process.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../dist/berth.cjs", import.meta.url));
if (existsSync(program)) {
  // The program starts its engine from the script that runs, and finds environment.json beside it.
  process.argv[1] = program;
  createRequire(import.meta.url)(program);
} else {
  process.stderr.write("berth: this checkout is not built yet.\n  What to do: npm start, once.\n");
  process.exitCode = 1;
}
