/**
 * A set-up failure told to people: what failed and why, and what to do next. The cause chain keeps the
 * original error for `BERTH_DEBUG=1`.
 */
export class SetupProblem extends Error {
  /**
   * @param {string} message one sentence: what failed and why
   * @param {string} hint what to do next
   * @param {{ cause?: unknown }} [options]
   */
  constructor(message, hint, options) {
    super(message, options);
    this.name = "SetupProblem";
    this.hint = hint;
  }
}

/**
 * Prints any error the way people should read it and returns the exit code for it.
 * @param {unknown} error
 * @returns {number}
 */
export function reportProblem(error) {
  if (error instanceof SetupProblem) {
    process.stderr.write(`\nberth: ${error.message}\n  What to do: ${error.hint}\n`);
    if (process.env["BERTH_DEBUG"] && error.cause) console.error(error.cause);
    return 1;
  }
  console.error(error);
  return 1;
}
