import { LiveList } from "../live/live-list.ts";
import { describeError, type Logger } from "../vm.ts";
import type { DockerModel } from "./model.ts";

/** A burst of events is looked at once. */
const SETTLE_MS = 60;

/**
 * A list that is read anew, as a whole, after events of the engine: for what there are few of. Unknown while the
 * engine cannot be reached.
 */
export class ObjectList<T> {
  readonly list: LiveList<T>;
  readonly #model: DockerModel;
  readonly #read: () => Promise<T[]>;
  readonly #logger: Logger;
  readonly #stop: () => void;
  #timer: NodeJS.Timeout | null = null;
  #reading: Promise<void> = Promise.resolve();

  constructor(options: {
    model: DockerModel;
    idOf: (item: T) => string;
    read: () => Promise<T[]>;
    logger: Logger;
  }) {
    this.list = new LiveList(options.idOf);
    this.#model = options.model;
    this.#read = options.read;
    this.#logger = options.logger;
    this.#stop = options.model.onActivity(() => this.#changed());
    this.#changed();
  }

  /** Reads now; returns once the list shows it. */
  refresh(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#refresh());
    return this.#reading;
  }

  close(): void {
    this.#stop();
    if (this.#timer) clearTimeout(this.#timer);
  }

  #changed(): void {
    if (this.#model.version === null) {
      this.list.forget();
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.refresh();
    }, SETTLE_MS);
  }

  async #refresh(): Promise<void> {
    try {
      const items = await this.#read();
      if (this.#model.version === null) this.list.forget();
      else this.list.reset(items);
    } catch (error) {
      // The connection went; what comes back with it is read again.
      this.#logger.debug("a list of Docker could not be read", { error: describeError(error) });
    }
  }
}
