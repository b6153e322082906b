import { watch } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import path from "node:path";
import { LineSplitter } from "../text/line-splitter.ts";
import { systemCode } from "../vm.ts";

export interface TailOptions {
  tailLines: number;
  follow: boolean;
  signal: AbortSignal;
}

const CHUNK_BYTES = 64 * 1024;

/** The last lines of a log file and, when followed, each new one; rotation and truncation are followed too. */
export async function* tailFile(file: string, options: TailOptions): AsyncGenerator<string, void, void> {
  const changes = options.follow ? new FileChanges(file, options.signal) : null;
  let handle = await openIfThere(file);
  let position = handle === null ? 0 : await offsetOfLastLines(handle, options.tailLines);
  const splitter = new LineSplitter();
  try {
    for (;;) {
      for (;;) {
        const chunk: Buffer = handle === null ? Buffer.alloc(0) : await readChunk(handle, position);
        if (chunk.length === 0) break;
        position += chunk.length;
        yield* splitter.push(chunk);
      }
      if (changes === null || !(await changes.next())) break;
      const turned = await followRotation(file, handle, position);
      if (turned !== null) {
        await handle?.close();
        handle = turned;
        position = 0;
      } else if (handle !== null && (await handle.stat()).size < position) {
        position = 0;
      }
    }
    yield* splitter.flush();
  } finally {
    changes?.close();
    await handle?.close();
  }
}

/** Wakes on every change beside the file; changes while nobody waits are remembered as one. */
class FileChanges {
  #pending = false;
  #ended = false;
  #wake: (() => void) | null = null;
  readonly #close: () => void;

  constructor(file: string, signal: AbortSignal) {
    const name = path.basename(file);
    // The folder, not the file: a watch on the file would stay with the old one after a rotation.
    const watcher = watch(path.dirname(file), { persistent: false }, (_event, changed) => {
      if (changed === null || changed === name) this.#notify();
    });
    const end = () => {
      this.#ended = true;
      this.#notify();
    };
    watcher.on("error", end);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    this.#close = () => {
      watcher.close();
      signal.removeEventListener("abort", end);
    };
  }

  /** True after a change, false when watching ended. */
  async next(): Promise<boolean> {
    if (!this.#pending && !this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#pending = false;
    return !this.#ended;
  }

  close(): void {
    this.#close();
  }

  #notify(): void {
    this.#pending = true;
    this.#wake?.();
    this.#wake = null;
  }
}

async function openIfThere(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** The new file once the name stands for another one and the old one is read to its end. */
async function followRotation(
  file: string,
  handle: FileHandle | null,
  position: number,
): Promise<FileHandle | null> {
  if (handle === null) return openIfThere(file);
  const [named, opened] = await Promise.all([stat(file).catch(() => null), handle.stat()]);
  if (named === null || named.ino === opened.ino || opened.size > position) return null;
  return openIfThere(file);
}

async function readChunk(handle: FileHandle, position: number): Promise<Buffer> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, position);
  return buffer.subarray(0, bytesRead);
}

async function offsetOfLastLines(handle: FileHandle, lines: number): Promise<number> {
  const { size } = await handle.stat();
  if (lines === 0) return size;
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let found = 0;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, end - start, start);
    for (let index = bytesRead - 1; index >= 0; index -= 1) {
      // The newline that ends the file ends its last line, it does not begin one.
      if (buffer[index] !== 10 || start + index === size - 1) continue;
      found += 1;
      if (found === lines) return start + index + 1;
    }
    end = start;
  }
  return 0;
}
