// The engine of the measured window as a process of its own. It says `ready` and ends with its standard input.
import path from "node:path";
import manifest from "../../../package.json" with { type: "json" };
import { resolveHome } from "../../../engine/contract/endpoint.ts";
import { runEngine } from "../../../engine/main.ts";
import { RecordedMachine } from "./recorded-machine.ts";

// The engine looks beside the running program for the window that `berth serve` shows.
process.argv[1] = path.join(import.meta.dirname, "../../../dist/berth.cjs");
const dockerSocket = process.argv[2];
if (dockerSocket === undefined) throw new Error("usage: engine-process.ts DOCKER_SOCKET");

process.stdin.resume();
process.stdin.on("end", () => process.kill(process.pid, "SIGTERM"));
await runEngine({
  home: resolveHome(),
  version: manifest.version,
  openMachine: (home) => Promise.resolve(new RecordedMachine(home, dockerSocket)),
});
process.stdout.write("ready\n");
