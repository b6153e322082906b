import { BerthError, describeError } from "../errors.ts";
import type { ActiveMachine, MachineCore } from "./core.ts";

/** A wait for the guest that ends early when the machine cannot get there any more. */
export interface Race {
  promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
  /** Sets or moves the deadline. */
  limit(timeoutMs: number, error: () => BerthError): void;
}

/** Begins a wait that the machine's end, a fatal problem of the guest or a cancellation cuts short. */
export function race(core: MachineCore, active: ActiveMachine, signal: AbortSignal): Race {
  let settle: (error: Error | null) => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<void>((resolve, reject) => {
    const onExit = ({ exitCode, log }: { exitCode: number | null; log: string }) =>
      settle(endedWhileWaiting(active, log, exitCode === null));
    const onCrash = ({ reason }: { reason: string }) => settle(crashed(active, reason));
    const onFatal = (error: BerthError) => settle(error);
    const onAbort = () => settle(signal.reason instanceof Error ? signal.reason : new Error("called off"));
    settle = (error) => {
      clearTimeout(timer);
      active.machine.off("exit", onExit);
      active.machine.off("crashed", onCrash);
      active.guest.off("fatal", onFatal);
      signal.removeEventListener("abort", onAbort);
      settle = () => undefined;
      if (error === null) resolve();
      else reject(error);
    };
    active.machine.on("exit", onExit);
    active.machine.on("crashed", onCrash);
    active.guest.on("fatal", onFatal);
    signal.addEventListener("abort", onAbort, { once: true });
    if (active.machine.ended) settle(endedWhileWaiting(active, "", false));
    if (signal.aborted) onAbort();
  });
  // A rejection before anybody waits is kept for the one who will.
  promise.catch((error: unknown) =>
    core.logger.debug("A wait for the guest ended", { error: describeError(error) }),
  );
  return {
    promise,
    resolve: () => settle(null),
    reject: (error) => settle(error),
    limit: (timeoutMs, error) => {
      clearTimeout(timer);
      timer = setTimeout(() => settle(error()), timeoutMs);
    },
  };
}

/** Whether a start failed because a signal ended QEMU: an abort of its own, or somebody's kill. */
export function wasCutOff(error: unknown): boolean {
  return error instanceof BerthError && error.code === cutOffCode;
}

const cutOffCode = "vm_start_cut_off";

function endedWhileWaiting(active: ActiveMachine, log: string, bySignal: boolean): BerthError {
  return new BerthError({
    code: bySignal ? cutOffCode : "vm_start_failed",
    message: `The VM ended while it was starting (accelerator ${active.machine.record.shape.accelerator}).`,
    hint: "See `berth logs serial` and `berth logs qemu`.",
    cause: log === "" ? undefined : new Error(log),
  });
}

function crashed(active: ActiveMachine, reason: string): BerthError {
  return new BerthError({
    code: "vm_crashed",
    message: `The virtual machine crashed (accelerator ${active.machine.record.shape.accelerator}).`,
    hint: "See `berth logs qemu`; another accelerator may work.",
    cause: reason === "" ? undefined : new Error(reason),
  });
}
