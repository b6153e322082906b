import type { MachineCore } from "../lifecycle/core.ts";
import { PhaseClock } from "../lifecycle/phase-clock.ts";
import { resume } from "../lifecycle/start.ts";
import { notPossible } from "../lifecycle/states.ts";
import { suspend } from "../lifecycle/suspend.ts";
import type { PendingRestore, VmSnapshot, VmSnapshots } from "../types.ts";
import type { Snapshots } from "./snapshots.ts";

type Request = (goal: string, work: (signal: AbortSignal) => Promise<void>) => Promise<void>;

/** Snapshots as the machine offers them: one transition at a time, the VM standing still meanwhile. */
export function machineSnapshots(core: MachineCore, snapshots: Snapshots, request: Request): VmSnapshots {
  let requests = 0;
  /** Nobody joins such a request: each has an answer of its own. */
  const alone = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const answer: { value?: T } = {};
    await request(`snapshots ${++requests}`, async (signal) => {
      answer.value = await work(signal);
    });
    return answer.value as T;
  };

  return {
    list: () => snapshots.list(),
    create: (name, { withState }) =>
      alone(async (signal): Promise<VmSnapshot> => {
        await snapshots.checkNew(name);
        if (withState && core.status.state === "stopped")
          throw notPossible("be kept with its state", "stopped");
        if (core.status.state === "running") await core.tunnel.exec(["sync"], { timeoutMs: 30_000 });
        return standingStill(core, signal, () => snapshots.create(name, withState));
      }),
    restore: (name) =>
      alone(async (): Promise<PendingRestore> => {
        mustStand(core, "be restored");
        const clock = new PhaseClock(core.status, "restore", ["restore"], false);
        const pending = await snapshots.restore(name);
        clock.finished("restore");
        return pending;
      }),
    confirmRestore: () =>
      alone(async (signal) => {
        const pending = await snapshots.pending();
        if (pending) await unlessUnused(core, snapshots, pending.replaced, signal, () => snapshots.confirm());
      }),
    undoRestore: () =>
      alone(async () => {
        mustStand(core, "be restored");
        await snapshots.undo();
      }),
    delete: (name) =>
      alone((signal) => unlessUnused(core, snapshots, name, signal, () => snapshots.delete(name))),
  };
}

/** A snapshot that nothing rests on can go while the VM runs. */
async function unlessUnused(
  core: MachineCore,
  snapshots: Snapshots,
  name: string,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  if (await snapshots.isBelowDisk(name)) await standingStill(core, signal, work);
  else await work();
}

/** Suspends a running VM for the time of the work. */
async function standingStill<T>(core: MachineCore, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const { state } = core.status;
  const up = state === "running" || state === "paused";
  if (!up && state !== "stopped" && state !== "suspended") throw notPossible("be kept", state);
  if (up) await suspend(core, signal);
  try {
    return await work();
  } finally {
    if (up) await resume(core, signal);
  }
}

function mustStand(core: MachineCore, what: string): void {
  const { state } = core.status;
  if (state !== "stopped" && state !== "suspended" && state !== "broken") throw notPossible(what, state);
}
