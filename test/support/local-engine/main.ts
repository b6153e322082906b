// node test/support/local-engine/main.ts --home DIR [--owner USER]: serves a home by a local engine until it is
// told to end, so that `berth` and the window can be pointed at it by BERTH_HOME. Prints `ready`.
import path from "node:path";
import { parseArgs } from "node:util";
import { startLocalEngine } from "./start.ts";

const { values } = parseArgs({ options: { home: { type: "string" }, owner: { type: "string" } } });
if (values.home === undefined) {
  console.error("usage: node test/support/local-engine/main.ts --home DIR [--owner USER]");
  process.exit(2);
}
const engine = await startLocalEngine({
  home: path.resolve(values.home),
  ...(values.owner === undefined ? {} : { owner: values.owner }),
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => void engine.stop().then(() => process.exit(0)));
}
console.log("ready");
// Nothing else keeps this process alive once the engine's connection is all it has.
setInterval(() => undefined, 2 ** 30);
