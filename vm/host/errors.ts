export interface BerthErrorOptions {
  code: string;
  /** What failed and why, in one sentence for people. */
  message: string;
  /** What to do next. */
  hint: string;
  /** The technical cause; goes to the log only. */
  cause?: unknown;
}

/** An error a person can act on: `message` says what failed, `hint` what to do. */
export class BerthError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(options: BerthErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "BerthError";
    this.code = options.code;
    this.hint = options.hint;
  }
}

/** The text of any thrown value, its chain of causes included: for logs, not for people. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error instanceof BerthError ? `${error.code}: ${error.message}` : error.message || error.name;
  return error.cause === undefined ? own : `${own} (cause: ${describeError(error.cause)})`;
}

/** The `code` of a system error such as ENOENT, or null. */
export function systemCode(error: unknown): string | null {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return null;
}
