import { ORPCError } from "@orpc/server";
import { translateDockerError } from "./docker/errors.ts";
import { BerthError, describeError, type Logger } from "./vm.ts";

/** A BerthError with data that a program can use, such as the next free port. */
export class DetailedError extends BerthError {
  readonly details: Record<string, unknown>;

  constructor(
    options: { code: string; message: string; hint: string; cause?: unknown },
    details: Record<string, unknown>,
  ) {
    super(options);
    this.details = details;
  }
}

/** Whatever was thrown, in words for people. */
export function toFailure(error: unknown): BerthError {
  if (error instanceof BerthError) return error;
  return (
    translateDockerError(error) ??
    new BerthError({
      code: "unexpected",
      message: "Something unexpected went wrong in the engine.",
      hint: "Try again. The engine's log tells more: berth logs engine.",
      cause: error,
    })
  );
}

/** Whatever was thrown as the contract's one typed error; technical causes go to the log. */
export function toContractError(error: unknown, where: string, logger: Logger): Error {
  // Input that does not fit the schema: the contract's own error already says what and why.
  if (error instanceof ORPCError && error.code !== "INTERNAL_SERVER_ERROR") return error;
  const failure = toFailure(error);
  if (failure.code === "unexpected") {
    const stack = error instanceof Error ? error.stack : undefined;
    logger.error(`${where} failed unexpectedly`, { cause: describeError(error), stack });
  } else {
    logger.info(`${where} failed`, { error: failure });
  }
  return new ORPCError("FAILED", {
    defined: true,
    status: 422,
    message: failure.message,
    data: {
      code: failure.code,
      hint: failure.hint,
      ...(failure instanceof DetailedError ? { details: failure.details } : {}),
    },
  });
}
