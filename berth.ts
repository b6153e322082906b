import manifest from "./package.json" with { type: "json" };
import { resolveHome } from "./engine/contract/endpoint.ts";

/** The one program: `berth engine` serves a home, everything else is the command line. */
async function main(argv: string[]): Promise<void> {
  if (argv[0] === "engine") {
    const { runEngine } = await import("./engine/main.ts");
    await runEngine({ home: resolveHome(), version: manifest.version });
    return;
  }
  const { runCli } = await import("./cli/main.ts");
  process.exitCode = await runCli(argv);
}

void main(process.argv.slice(2));
