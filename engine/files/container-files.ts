import path from "node:path";
import type Docker from "dockerode";
import type { Header } from "tar-stream";
import { z } from "zod";
import type { DownloadItem, FileContent, Folder } from "../contract/index.ts";
import { BerthError, type Tunnel } from "../vm.ts";
import { factsOf, firstFile, missing, openArchive, type PathFacts } from "./archive.ts";
import { type FilesAnswer, filesAnswer, runInView } from "./guest-view.ts";
import { type DockerChange, listFolder, withChanges } from "./listing.ts";
import { containerPath } from "./paths.ts";
import { type EntryHeader, putEntries } from "./put.ts";

const changesAnswer = z.array(z.object({ Path: z.string(), Kind: z.int() })).nullable();
/** Looking for changes walks the container's layer, so what it found serves this long for further folders. */
const CHANGES_KEPT_MS = 2_000;
const DOWNLOAD_CHUNK_BYTES = 96 * 1024;

interface FilesSource {
  docker: Docker;
  tunnel: Pick<Tunnel, "exec">;
}

interface KnownChanges {
  at: number;
  changes: Promise<DockerChange[]>;
}

/**
 * Files of containers, running or not. Folders are listed and files removed from the VM, because Docker can do
 * neither; contents go through Docker's archives. Nothing in a container is run for it.
 */
export class ContainerFiles {
  readonly #source: FilesSource;
  readonly #changes = new Map<string, KnownChanges>();

  constructor(source: FilesSource) {
    this.#source = source;
  }

  async list(id: string, folder: string): Promise<Folder> {
    const container = await this.#container(id);
    const [listed, changes] = await Promise.all([
      listFolder(this.#source.tunnel, container, containerPath(folder)),
      this.#changesOf(container.Id),
    ]);
    return withChanges(listed, changes);
  }

  /** The first bytes of a file. */
  async read(id: string, at: string, maxBytes: number): Promise<FileContent> {
    const facts = await this.#file(id, at);
    const { content, header, end } = await this.#open(id, facts.path);
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of content) {
        const data = Buffer.from(chunk);
        chunks.push(data.subarray(0, maxBytes - bytes));
        bytes += Math.min(data.length, maxBytes - bytes);
        if (bytes >= maxBytes) break;
      }
    } finally {
      end();
    }
    return {
      path: facts.path,
      data: Buffer.concat(chunks).toString("base64"),
      sizeBytes: facts.sizeBytes,
      mode: header.mode,
      modifiedAt: facts.modifiedAt,
      truncated: facts.sizeBytes > bytes,
    };
  }

  async write(
    id: string,
    at: string,
    data: Buffer,
    expected: { modifiedAt: string; sizeBytes: number } | null,
  ): Promise<void> {
    const asked = containerPath(at);
    const facts = await factsOf(this.#source.docker, id, asked);
    if (expected === null && facts !== null) throw exists(asked);
    if (expected !== null && !isUnchanged(facts, expected)) throw changedMeanwhile();
    const target = facts?.path ?? asked;
    const before: Partial<Header> = facts === null ? { mode: 0o644 } : await this.#header(id, target);
    const { mode = 0o644, uid = 0, gid = 0 } = before;
    const name = path.posix.basename(target);
    await this.#put(id, path.posix.dirname(target), [
      { header: { name, mode, uid, gid, mtime: new Date() }, data },
    ]);
  }

  async makeFolder(id: string, at: string): Promise<void> {
    const asked = containerPath(at);
    if ((await factsOf(this.#source.docker, id, asked)) !== null) throw exists(asked);
    const name = path.posix.basename(asked);
    const header: EntryHeader = { name, mode: 0o755, type: "directory", mtime: new Date() };
    await this.#put(id, path.posix.dirname(asked), [{ header, data: Buffer.alloc(0) }]);
  }

  async remove(id: string, paths: readonly string[]): Promise<void> {
    const asked = paths.map(containerPath);
    if (asked.includes("/")) {
      throw new BerthError({
        code: "invalid_path",
        message: "The root of a container cannot be removed.",
        hint: "Remove the container itself.",
      });
    }
    await runInView(this.#source.tunnel, await this.#container(id), {
      // -f only keeps it from asking: what is not there is told.
      script:
        'for one; do [ -e "$one" ] || [ -L "$one" ] || { echo "rm: $one: No such file or directory" >&2; exit 1; }; done; rm -rf -- "$@"',
      arguments: asked,
      writing: true,
    });
    this.forgetChanges(id);
  }

  /** A file's bytes, or a folder as a tar. */
  async download(
    id: string,
    at: string,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<DownloadItem, void, void>> {
    const facts = await factsOf(this.#source.docker, id, containerPath(at));
    if (facts === null || facts.kind === "other") throw facts === null ? missing() : notAFile();
    const name = path.posix.basename(containerPath(at)) || "root";
    const archive = await openArchive(this.#source.docker, id, facts.path, signal);
    if (facts.kind === "directory") return pieces(archive, `${name}.tar`, null);
    const { content } = await firstFile(archive);
    return pieces(content, name, facts.sizeBytes);
  }

  /** What was known of the differences from the image does not hold any more. */
  forgetChanges(id: string): void {
    this.#changes.delete(id);
  }

  async #put(id: string, folder: string, entries: { header: EntryHeader; data: Buffer }[]): Promise<void> {
    await putEntries(this.#source.docker, id, folder, entries);
    this.forgetChanges(id);
  }

  async #container(id: string): Promise<FilesAnswer> {
    return filesAnswer.parse(await this.#source.docker.getContainer(encodeURIComponent(id)).inspect());
  }

  async #file(id: string, at: string): Promise<PathFacts> {
    const facts = await factsOf(this.#source.docker, id, containerPath(at));
    if (facts === null) throw missing();
    if (facts.kind !== "file") throw notAFile();
    return facts;
  }

  async #header(id: string, at: string): Promise<Header> {
    const { header, end } = await this.#open(id, at);
    end();
    return header;
  }

  async #open(
    id: string,
    at: string,
  ): Promise<{ header: Header; content: AsyncIterable<Uint8Array>; end: () => void }> {
    const ending = new AbortController();
    const archive = await openArchive(this.#source.docker, id, at, ending.signal);
    const end = () => {
      ending.abort();
      archive.destroy();
    };
    return { ...(await firstFile(archive)), end };
  }

  #changesOf(id: string): Promise<DockerChange[]> {
    const known = this.#changes.get(id);
    if (known !== undefined && Date.now() - known.at < CHANGES_KEPT_MS) return known.changes;
    const changes = this.#source.docker
      .getContainer(id)
      .changes()
      // Docker's "nothing changed" is null, which the client library hands on as bytes.
      .then((answer: unknown) => (Buffer.isBuffer(answer) ? [] : (changesAnswer.parse(answer) ?? [])));
    this.#changes.set(id, { at: Date.now(), changes });
    changes.catch(() => this.#changes.delete(id));
    for (const [other, { at }] of this.#changes) {
      if (Date.now() - at >= CHANGES_KEPT_MS) this.#changes.delete(other);
    }
    return changes;
  }
}

async function* pieces(
  content: AsyncIterable<Uint8Array>,
  name: string,
  sizeBytes: number | null,
): AsyncGenerator<DownloadItem, void, void> {
  yield { kind: "begin", name, sizeBytes };
  for await (const chunk of content) {
    const data = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let start = 0; start < data.length; start += DOWNLOAD_CHUNK_BYTES) {
      yield { kind: "data", data: data.subarray(start, start + DOWNLOAD_CHUNK_BYTES).toString("base64") };
    }
  }
}

function isUnchanged(facts: PathFacts | null, expected: { modifiedAt: string; sizeBytes: number }): boolean {
  return facts !== null && facts.modifiedAt === expected.modifiedAt && facts.sizeBytes === expected.sizeBytes;
}

function exists(at: string): BerthError {
  return new BerthError({
    code: "exists",
    message: `"${at}" is there already.`,
    hint: "Choose another name.",
  });
}

function changedMeanwhile(): BerthError {
  return new BerthError({
    code: "changed_meanwhile",
    message: "The file was changed in the container since it was opened, and was not saved.",
    hint: "Copy your text, open the file again and bring the changes together.",
  });
}

function notAFile(): BerthError {
  return new BerthError({
    code: "not_a_file",
    message: "This is neither a file nor a folder, so it has no content to show.",
    hint: "Devices, pipes and sockets can be used from a terminal in the container.",
  });
}
