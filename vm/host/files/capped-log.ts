import { copyFile, open, readFile, rename, stat, truncate } from "node:fs/promises";
import { type FSWatcher, watch } from "node:fs";
import { systemCode } from "../errors.ts";

/**
 * Keeps a file that another process appends to below a cap: when it grows above, its content moves to
 * `<file>.1` (one rotation is kept) and the file is cut to nothing. The writer must append (O_APPEND).
 * Driven by file system events; costs nothing while nobody writes.
 */
export class CappedLog {
  readonly #file: string;
  readonly #capBytes: number;
  readonly #onError: (error: unknown) => void;
  #watcher: FSWatcher | null = null;
  #checking = false;
  #again = false;

  constructor(file: string, capBytes: number, onError: (error: unknown) => void) {
    this.#file = file;
    this.#capBytes = capBytes;
    this.#onError = onError;
  }

  /** Creates the file when absent (0600), applies the cap and starts watching. */
  async start(): Promise<void> {
    const handle = await open(this.#file, "a", 0o600);
    await handle.close();
    await this.check();
    if (this.#watcher) return;
    this.#watcher = watch(this.#file, { persistent: false }, () => void this.check());
    this.#watcher.on("error", this.#onError);
  }

  stop(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  /** Rotates when the cap is exceeded. */
  async check(): Promise<void> {
    if (this.#checking) {
      this.#again = true;
      return;
    }
    this.#checking = true;
    try {
      for (let more = true; more; more = this.#takeAgain()) {
        if ((await stat(this.#file)).size > this.#capBytes) await this.#rotate();
      }
    } catch (error) {
      if (systemCode(error) !== "ENOENT") this.#onError(error);
    } finally {
      this.#checking = false;
    }
  }

  /** Whether the file changed while it was looked at. */
  #takeAgain(): boolean {
    const again = this.#again;
    this.#again = false;
    return again;
  }

  async #rotate(): Promise<void> {
    const copy = `${this.#file}.1.tmp`;
    await copyFile(this.#file, copy);
    await truncate(this.#file, 0);
    await rename(copy, `${this.#file}.1`);
  }
}

/** The last lines of a text file, at most `maxBytes`; "" when there is none. */
export async function tailOf(file: string, maxBytes: number): Promise<string> {
  try {
    const content = await readFile(file);
    const tail = content.subarray(Math.max(0, content.length - maxBytes)).toString("utf8");
    return content.length > maxBytes ? tail.slice(tail.indexOf("\n") + 1) : tail;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "";
    throw error;
  }
}
