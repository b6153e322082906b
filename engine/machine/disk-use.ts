import type { DockerModel } from "../docker/index.ts";
import { describeError, type Logger } from "../vm.ts";
import type { EngineMachine } from "./engine-machine.ts";

/** How long after the last change the disk is measured: a pull causes many. */
const SETTLE_MS = 2_000;
/** How long `status` waits for fresh figures before it shows the last known ones. */
const PATIENCE_MS = 1_500;

/** Keeps the disk figures of the status true: measured after changes, never on a clock. */
export class DiskUse {
  readonly #machine: EngineMachine;
  readonly #logger: Logger;
  readonly #unsubscribe: () => void;
  #timer: NodeJS.Timeout | null = null;
  #measuring: Promise<void> | null = null;

  constructor(machine: EngineMachine, model: DockerModel, logger: Logger) {
    this.#machine = machine;
    this.#logger = logger;
    this.#unsubscribe = model.onActivity(() => this.#settle());
  }

  close(): void {
    this.#unsubscribe();
    if (this.#timer) clearTimeout(this.#timer);
  }

  /** Measures now; returns when done, or when it takes too long for somebody who waits. */
  async refresh(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
    await Promise.race([this.#measure(), patience]);
    clearTimeout(timer);
  }

  #settle(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#measure(), SETTLE_MS);
  }

  #measure(): Promise<void> {
    this.#measuring ??= this.#machine
      .refreshDisk()
      .then(() => undefined)
      .catch((error: unknown) => this.#logger.debug("disk use not measured", { error: describeError(error) }))
      .finally(() => (this.#measuring = null));
    return this.#measuring;
  }
}
