/** A connection to the engine that could not be made, in words for people. */
export class ConnectError extends Error {
  readonly data: { code: string; hint: string };

  constructor(code: string, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ConnectError";
    this.data = { code, hint };
  }
}
