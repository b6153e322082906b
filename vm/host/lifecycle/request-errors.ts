import { BerthError } from "../errors.ts";

/** A stop or delete came while the machine was starting. */
export function cancelled(): BerthError {
  return new BerthError({
    code: "start_cancelled",
    message: "The start of the VM was called off.",
    hint: "Run `berth start` to start it.",
  });
}

/** The Machine object has been closed; the VM may go on without it. */
export function closedError(): BerthError {
  return new BerthError({
    code: "machine_closed",
    message: "This connection to the VM has been given up.",
    hint: "Connect again.",
  });
}
