import { CommanderError } from "commander";
import { Context } from "./context.ts";
import { exitCodes, explainFailure } from "./failure.ts";
import { Output } from "./output.ts";
import { buildProgram } from "./program.ts";
import { processSurroundings } from "./surroundings.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Runs the `berth` command.
 * @param argv the arguments after the program's name
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted; `ssh` passes its command's through
 */
export async function runCli(
  argv: string[],
  surroundings: Surroundings = processSurroundings(),
): Promise<number> {
  const output = new Output(
    surroundings.stdout,
    surroundings.stderr,
    surroundings.environment,
    asksForJson(argv),
  );
  let exitCode: number = exitCodes.done;
  const program = buildProgram(
    async (run) => {
      exitCode = await run(new Context(surroundings, output, program.opts()));
    },
    {
      writeOut: (text) => void output.write(text),
      writeErr: (text) => {
        output.note(text.trimEnd());
      },
    },
  );
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    exitCode = error instanceof CommanderError ? await parsed(error, output) : await failed(error, output);
  }
  await output.flush();
  return exitCode;
}

/** Known before parsing, because a parse error must be told in the right form. */
function asksForJson(argv: string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}

async function failed(error: unknown, output: Output): Promise<number> {
  const { failure, exitCode } = await explainFailure(error);
  await output.failure(failure);
  return exitCode;
}

/** The parser ends by throwing: after printing help or the version, or for wrong usage. */
async function parsed(error: CommanderError, output: Output): Promise<number> {
  if (error.exitCode === 0) return exitCodes.done;
  const helpShown = error.code === "commander.help";
  if (helpShown && !output.json) return exitCodes.usage;
  const message = helpShown
    ? "No command was given."
    : error.message.replace(/^error: /, "").replaceAll("\n", " ");
  await output.failure({ code: "usage", message, hint: "berth --help lists the commands and options." });
  return exitCodes.usage;
}
