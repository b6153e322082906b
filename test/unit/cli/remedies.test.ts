import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { buildProgram } from "../../../cli/program.ts";

const checkout = path.resolve(import.meta.dirname, "../../..");
const sources = [
  "vm/host/**/*.ts",
  "engine/**/*.ts",
  "cli/**/*.ts",
  "electron/**/*.ts",
  "renderer/**/*.{ts,svelte}",
];

/** Every `berth …` that the code names to people or to other developers. */
function namedCommands(): string[] {
  const files = globSync(sources, { cwd: checkout });
  const named = files.flatMap(
    (file) => readFileSync(path.join(checkout, file), "utf8").match(/`berth [^`$]*`/g) ?? [],
  );
  const commands = named.map((words) => words.slice(1, -1).replaceAll("…", "x").replace(/\\$/, ""));
  // `berth engine` is the engine itself, which the command line does not parse.
  return [...new Set(commands)].filter((command) => !/^berth( engine)?$/.test(command)).sort();
}

test.each(namedCommands())("a remedy can be typed as it is written: %s", async (command) => {
  const ran: string[] = [];
  const program = buildProgram(
    () => {
      ran.push(command);
      return Promise.resolve();
    },
    { writeOut: () => undefined, writeErr: () => undefined },
  );
  const words = command.split(" ").slice(1);
  // A group of commands, such as `berth config`, prints its help.
  const outcome = await program.parseAsync(words, { from: "user" }).catch((error: unknown) => error);
  if (!String(outcome).includes("(outputHelp)")) expect(ran, String(outcome)).toEqual([command]);
});
