import path from "node:path";
import type Docker from "dockerode";
import { pack, type Pack } from "tar-stream";
import type { UploadEntry } from "../contract/index.ts";
import { BerthError } from "../vm.ts";
import type { ContainerFiles } from "./container-files.ts";
import { containerPath, relativePath } from "./paths.ts";
import { putArchive } from "./put.ts";

export interface UploadRequest {
  session: string;
  id: string;
  path: string;
  entries: readonly UploadEntry[];
}

type Progress = (sentBytes: number, totalBytes: number) => void;

/** Uploads under way, by the id that their client chose. */
export class Uploads {
  readonly #docker: Docker;
  readonly #files: Pick<ContainerFiles, "remove">;
  readonly #uploads = new Map<string, Upload>();

  constructor(docker: Docker, files: Pick<ContainerFiles, "remove">) {
    this.#docker = docker;
    this.#files = files;
  }

  /** Fails where a path of the request leads out of its folder. */
  check(request: UploadRequest): void {
    containerPath(request.path);
    for (const entry of request.entries) relativePath(entry.path);
  }

  /** Takes an upload's bytes until it is complete. Fails where Docker refuses it. */
  async run(request: UploadRequest, report: Progress, signal: AbortSignal): Promise<void> {
    const upload = new Upload(this.#docker, request, report, signal);
    this.#uploads.set(request.session, upload);
    try {
      await upload.done;
    } catch (error) {
      // Docker leaves the half of a file that it was writing.
      const half = upload.unfinished;
      if (half !== null) await this.#files.remove(request.id, [half]).catch(() => undefined);
      throw error;
    } finally {
      this.#uploads.delete(request.session);
      upload.end();
    }
  }

  /** The next bytes; resolves once there is room for more. */
  async data(session: string, data: Buffer): Promise<void> {
    const upload = this.#uploads.get(session);
    if (upload !== undefined) return upload.take(data);
    throw new BerthError({
      code: "upload_ended",
      message: "This upload has ended.",
      hint: "Start it again.",
    });
  }
}

/** Makes an archive of bytes as they come, which Docker unpacks at the same time. */
class Upload {
  readonly done: Promise<void>;
  readonly #folder: string;
  readonly #archive: Pack = pack();
  readonly #entries: UploadEntry[];
  readonly #report: Progress;
  readonly #totalBytes: number;
  readonly #ending = new AbortController();
  #sentBytes = 0;
  #current: { entry: UploadEntry; stream: ReturnType<Pack["entry"]>; leftBytes: number } | null = null;

  constructor(docker: Docker, request: UploadRequest, report: Progress, signal: AbortSignal) {
    this.#entries = request.entries.map((entry) => ({ ...entry, path: relativePath(entry.path) }));
    this.#totalBytes = this.#entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
    this.#report = report;
    signal.addEventListener("abort", () => this.end(), { once: true });
    this.#archive.on("error", () => undefined);
    this.#folder = containerPath(request.path);
    this.done = putArchive(docker, request.id, this.#folder, this.#archive, this.#ending.signal);
    // Whoever sends the bytes learns of a refusal through `done`.
    this.done.catch(() => this.end());
    this.#next();
  }

  /** The file of which a part was sent. */
  get unfinished(): string | null {
    const current = this.#current;
    if (current === null || current.leftBytes === current.entry.sizeBytes) return null;
    return path.posix.join(this.#folder, current.entry.path);
  }

  async take(data: Buffer): Promise<void> {
    let rest = data;
    while (rest.length > 0 && this.#current !== null) {
      const { stream } = this.#current;
      const part = rest.subarray(0, this.#current.leftBytes);
      rest = rest.subarray(part.length);
      this.#current.leftBytes -= part.length;
      if (!stream.write(part)) await this.#room(stream);
      if (this.#current.leftBytes === 0) {
        stream.end(undefined);
        this.#next();
      }
      this.#sentBytes += part.length;
    }
    this.#report(this.#sentBytes, this.#totalBytes);
  }

  /** Resolves once the stream has room for more, or nothing will be read from it any more. */
  #room(stream: ReturnType<Pack["entry"]>): Promise<void> {
    return new Promise((resolve) => {
      stream.once("drain", () => resolve());
      stream.once("close", () => resolve());
      this.#ending.signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  end(): void {
    this.#ending.abort();
    this.#archive.destroy();
  }

  /** Goes on to the next file that has bytes; what has none is in the archive at once. */
  #next(): void {
    this.#current = null;
    for (let entry = this.#entries.shift(); entry !== undefined; entry = this.#entries.shift()) {
      const mtime = entry.modifiedAt === null ? new Date() : new Date(entry.modifiedAt);
      if (entry.kind === "directory") {
        this.#archive.entry({ name: entry.path, type: "directory", mode: 0o755, mtime });
        continue;
      }
      const stream = this.#archive.entry({ name: entry.path, size: entry.sizeBytes, mode: 0o644, mtime });
      stream.on("error", () => undefined);
      if (entry.sizeBytes > 0) {
        this.#current = { entry, stream, leftBytes: entry.sizeBytes };
        return;
      }
      stream.end(undefined);
    }
    this.#archive.finalize();
  }
}
