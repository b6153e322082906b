import { describeFailure, type Failure } from "../../../../engine/contract/client.ts";
import type { FileEntry } from "../../../../engine/contract/index.ts";
import { engine } from "../../../connection/index.ts";

/** One folder of a container as it was when it was read; containers do not tell when a folder changes. */
export class FolderView {
  path: string = $state("/");
  entries: readonly FileEntry[] | null = $state.raw(null);
  omitted: number = $state(0);
  failure: Failure | null = $state.raw(null);
  reading: boolean = $state(false);
  readonly #container: string;
  #abort = new AbortController();

  constructor(container: string) {
    this.#container = container;
  }

  /** Reads a folder; the one before stays in sight until it is read. */
  async open(path: string): Promise<void> {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.reading = true;
    try {
      const folder = await engine.required.files.list(
        { id: this.#container, path },
        { signal: abort.signal },
      );
      if (abort.signal.aborted) return;
      this.path = folder.path;
      this.entries = folder.entries;
      this.omitted = folder.omitted;
      this.failure = null;
    } catch (error) {
      if (!abort.signal.aborted) this.failure = describeFailure(error);
    } finally {
      if (this.#abort === abort) this.reading = false;
    }
  }

  again(): Promise<void> {
    return this.open(this.path);
  }

  close(): void {
    this.#abort.abort();
  }
}
