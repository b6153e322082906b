import { describeFailure, readStream } from "../../../../engine/contract/client.ts";
import { engine } from "../../../connection/index.ts";
import { toasts } from "../../../stores/toasts.svelte.ts";
import { saveFile } from "../save-file.ts";
import { modifiedAt, type PickedFile } from "./picked-files.ts";

/** Bytes of one message of an upload. */
const CHUNK_BYTES = 192 * 1024;
/** Parts of a download this large leave the page's memory as blobs. */
const PART_BYTES = 4 * 1024 * 1024;

/** Files that go into a container, or come out of it; one at a time. */
export class Transfer {
  words: string | null = $state(null);
  /** 0 to 1, null where the size is not known. */
  progress: number | null = $state(null);
  #abort: AbortController | null = null;

  get active(): boolean {
    return this.words !== null;
  }

  cancel(): void {
    this.#abort?.abort();
  }

  /** Answers whether everything arrived. */
  upload(container: string, folder: string, picked: readonly PickedFile[]): Promise<boolean> {
    return this.#run(
      `Uploading ${picked.length === 1 ? (picked[0]?.path ?? "") : `${picked.length} files`}`,
      (signal) => this.#send(container, folder, picked, signal),
    );
  }

  download(container: string, path: string): Promise<boolean> {
    return this.#run(`Downloading ${path}`, (signal) => this.#receive(container, path, signal));
  }

  async #run(words: string, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    if (this.active) return false;
    const abort = new AbortController();
    this.#abort = abort;
    this.words = words;
    this.progress = 0;
    try {
      await work(abort.signal);
      return true;
    } catch (error) {
      if (!abort.signal.aborted) {
        const { message, hint } = describeFailure(error);
        toasts.failure(message, hint);
      }
      return false;
    } finally {
      this.words = null;
      this.progress = null;
    }
  }

  async #send(
    container: string,
    folder: string,
    picked: readonly PickedFile[],
    signal: AbortSignal,
  ): Promise<void> {
    const client = engine.required;
    const session = crypto.randomUUID();
    const entries = picked.map(({ path, file }) => ({
      path,
      kind: file === null ? ("directory" as const) : ("file" as const),
      sizeBytes: file?.size ?? 0,
      modifiedAt: file === null ? null : modifiedAt(file),
    }));
    const total = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
    const opened = client.files.upload({ session, id: container, path: folder, entries }, { signal });
    for await (const item of readStream(client, opened)) {
      if (item.kind === "done") return;
      void this.#sendBytes(session, picked, total, signal);
    }
    throw new Error("The upload ended before everything had arrived.");
  }

  /** What goes wrong here ends the upload, whose stream tells why. */
  async #sendBytes(
    session: string,
    picked: readonly PickedFile[],
    total: number,
    signal: AbortSignal,
  ): Promise<void> {
    let sent = 0;
    try {
      for (const { file } of picked) {
        for (let start = 0; file !== null && start < file.size; start += CHUNK_BYTES) {
          if (signal.aborted) return;
          const bytes = new Uint8Array(await file.slice(start, start + CHUNK_BYTES).arrayBuffer());
          await engine.required.files.uploadData({ session, data: base64Of(bytes) });
          sent += bytes.length;
          this.progress = total === 0 ? null : sent / total;
        }
      }
    } catch (error) {
      if (engine.client !== null && describeFailure(error).code !== "upload_ended") this.#abort?.abort();
    }
  }

  async #receive(container: string, path: string, signal: AbortSignal): Promise<void> {
    const client = engine.required;
    const opened = client.files.download({ id: container, path }, { signal });
    const blobs: Blob[] = [];
    let parts: BlobPart[] = [];
    let held = 0;
    let received = 0;
    let name = "download";
    let size: number | null = null;
    for await (const item of readStream(client, opened)) {
      if (item.kind === "begin") {
        ({ name, sizeBytes: size } = item);
        this.progress = size === null ? null : 0;
        continue;
      }
      const bytes = bytesOf(item.data);
      parts.push(bytes);
      held += bytes.length;
      received += bytes.length;
      if (size !== null && size > 0) this.progress = received / size;
      if (held >= PART_BYTES) {
        blobs.push(new Blob(parts));
        parts = [];
        held = 0;
      }
    }
    if (signal.aborted) return;
    saveFile(name, new Blob([...blobs, ...parts], { type: "application/octet-stream" }));
  }
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
}

export function base64Of(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += 8192) {
    parts.push(String.fromCharCode(...bytes.subarray(start, start + 8192)));
  }
  return btoa(parts.join(""));
}
