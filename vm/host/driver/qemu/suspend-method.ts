import { BerthError } from "../../errors.ts";
import type { SuspendMethod } from "../../types.ts";

const methods = ["migrate", "hibernate", "none"] as const satisfies readonly SuspendMethod[];

/**
 * The best way to put a machine to disk here. QEMU writes it to a file wherever it can; under WHPX it cannot
 * (an unconditional migration blocker), so on Windows the guest hibernates. BERTH_SUSPEND forces one.
 */
export function suspendMethod(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): SuspendMethod {
  const forced = environment["BERTH_SUSPEND"];
  if (!forced) return platform === "win32" ? "hibernate" : "migrate";
  const known = methods.find((method) => method === forced);
  if (known) return known;
  throw new BerthError({
    code: "suspend_method_unknown",
    message: `BERTH_SUSPEND is "${forced}", which is no way to suspend.`,
    hint: `Set it to one of ${methods.join(", ")}, or remove it.`,
  });
}
