import { BerthError } from "../vm.ts";

export function noHelper(cause?: unknown): BerthError {
  return new BerthError({
    code: "no_credential_helper",
    message:
      "There is no safe place for passwords on this computer, and Berth never stores them as plain text.",
    hint: "Install one of Docker's credential helpers, for example docker-credential-secretservice or docker-credential-pass.",
    cause,
  });
}

export function helperFailed(helper: string, said: string, cause?: unknown): BerthError {
  return new BerthError({
    code: "credential_helper_failed",
    message: `The credential helper ${helper} failed${said === "" ? "" : `: ${said}`}.`,
    hint: "Check that your keychain is unlocked, then try again.",
    cause,
  });
}
