import type { Activities } from "../activity/index.ts";
import type { VmSnapshot, VmSnapshots } from "../contract/index.ts";
import { BerthError } from "../vm.ts";
import type { EngineMachine } from "./engine-machine.ts";

/** Snapshots of the whole VM, with what a person expects around them. */
export class VmSnapshotKeeper {
  readonly #machine: EngineMachine;
  readonly #activities: Activities;

  constructor(machine: EngineMachine, activities: Activities) {
    this.#machine = machine;
    this.#activities = activities;
  }

  async list(): Promise<VmSnapshots> {
    const snapshots = await this.#machine.snapshots.list();
    return { snapshots, pendingRestore: this.#machine.snapshot().pendingRestore };
  }

  create(name: string, withState: boolean): Promise<VmSnapshot> {
    return this.#work("create", `Snapshot "${name}"`, "Keeping the VM as it is now", () =>
      this.#machine.snapshots.create(name, { withState }),
    );
  }

  /** A VM that is up is saved first, so that nothing is lost, and comes up again from the snapshot. */
  restore(name: string): Promise<VmSnapshots> {
    return this.#work("restore", `Restore "${name}"`, "Putting the VM back", async () => {
      // Before anything is put to rest for it.
      await this.#require(name);
      await this.#atRest(() => this.#machine.snapshots.restore(name));
      return this.list();
    });
  }

  undo(): Promise<VmSnapshots> {
    return this.#work("undo", "Take the restore back", "Putting the VM back as it was before", async () => {
      await this.#atRest(() => this.#machine.snapshots.undoRestore());
      return this.list();
    });
  }

  async confirm(): Promise<VmSnapshots> {
    await this.#machine.snapshots.confirmRestore();
    return this.list();
  }

  async delete(name: string): Promise<void> {
    await this.#machine.snapshots.delete(name);
  }

  /** Does something that needs the VM to be at rest; one that was up is brought up again, also when that fails. */
  async #atRest(work: () => Promise<unknown>): Promise<void> {
    const machine = this.#machine;
    const { state, canSuspend } = machine.snapshot();
    const wasUp = state === "running" || state === "paused";
    if (wasUp) await (canSuspend ? machine.suspend() : machine.stop());
    try {
      await work();
    } finally {
      if (wasUp) await machine.start();
    }
  }

  async #require(name: string): Promise<void> {
    const known = await this.#machine.snapshots.list();
    if (known.some((snapshot) => snapshot.name === name)) return;
    throw new BerthError({
      code: "snapshot_missing",
      message: `There is no snapshot "${name}".`,
      hint: "See `berth snapshot list`.",
    });
  }

  #work<T>(kind: string, title: string, detail: string, work: () => Promise<T>): Promise<T> {
    return this.#activities.start({ kind: `snapshot.${kind}`, title, cancellable: false }, async (report) => {
      report({ detail, progress: null });
      return work();
    }).done;
  }
}
