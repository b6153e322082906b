// The engine of a local home as a process of its own (engine.ts). It says `ready` and ends with its standard input.
import path from "node:path";
import { z } from "zod";
import manifest from "../../../package.json" with { type: "json" };
import { resolveHome } from "../../../engine/contract/endpoint.ts";
import { runEngine } from "../../../engine/main.ts";
import { LocalMachine } from "./local-machine.ts";

// The engine looks beside the running program for the window that `berth serve` shows.
process.argv[1] = path.join(import.meta.dirname, "../../../dist/berth.cjs");
const settings = z.record(z.string(), z.unknown()).parse(JSON.parse(process.argv[2] ?? "{}"));

process.stdin.resume();
process.stdin.on("end", () => process.kill(process.pid, "SIGTERM"));
await runEngine({
  home: resolveHome(),
  version: manifest.version,
  openMachine: (home, config, logger) => LocalMachine.open(home, config, logger, settings),
});
process.stdout.write("ready\n");
