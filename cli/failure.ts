import type { Failure } from "../engine/contract/index.ts";

/**
 * Exit codes of every command; `ssh` passes the command's own through. The last two are those that shells
 * give to Ctrl-C and to a command whose reader went away.
 */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130, readerGone: 141 } as const;

/** A failure that the CLI itself finds: wrong usage, or an answer that nobody can give. */
export class CliFailure extends Error {
  readonly code: string;
  readonly hint: string;
  readonly exitCode: number;

  constructor(failure: Failure, exitCode: number) {
    super(failure.message);
    this.name = "CliFailure";
    this.code = failure.code;
    this.hint = failure.hint;
    this.exitCode = exitCode;
  }
}

/** Wrong usage: nothing was done. */
export function usageFailure(message: string, hint: string): CliFailure {
  return new CliFailure({ code: "usage", message, hint }, exitCodes.usage);
}

/** Turns whatever was thrown into words and an exit code. Failures of the engine bring their own words. */
export async function explainFailure(error: unknown): Promise<{ failure: Failure; exitCode: number }> {
  if (error instanceof CliFailure) {
    const { code, message, hint } = error;
    return { failure: { code, message, hint }, exitCode: error.exitCode };
  }
  if (hasWords(error)) {
    const { code, message, hint } = error;
    return { failure: { code, message, hint }, exitCode: exitCodes.failed };
  }
  const { describeFailure } = await import("../engine/contract/index.ts");
  return { failure: describeFailure(error), exitCode: exitCodes.failed };
}

function hasWords(error: unknown): error is Error & Failure {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    "hint" in error &&
    typeof error.hint === "string"
  );
}
