import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { extract, type Header, pack, type Pack } from "tar-stream";
import { z } from "zod";
import { configurationSchema } from "../contract/index.ts";
import { BerthError } from "../vm.ts";

/**
 * A container as one file: a tar of `berth-container.json`, the image as `docker save` writes it in pieces
 * (`image/00000000`, …), each volume's tar in pieces (`volumes/0/00000000`, …), and `end.json`, without which it is
 * not complete. In pieces, because a tar has to know the size of an entry before its content.
 */
const containerManifestSchema = z.object({
  format: z.literal("berth-container"),
  version: z.literal(1),
  name: z.string(),
  createdAt: z.iso.datetime(),
  /** The image as the container names it. */
  image: z.string(),
  /** Files of the container differ from that image and are part of the saved one. */
  committed: z.boolean(),
  /** The name of the saved image. */
  savedAs: z.string().regex(/^berth-imports\/[a-z0-9-]+:[a-z0-9-]+$/),
  configuration: configurationSchema,
  /** In the order of their content. `name` may be a random one. */
  volumes: z.array(z.object({ name: z.string().min(1), containerPath: z.string() })),
});
export type ContainerManifest = z.infer<typeof containerManifestSchema>;

const MANIFEST = "berth-container.json";
const END = "end.json";
const DAMAGED = "it is damaged or not complete";
const PIECE_BYTES = 4 * 2 ** 20;
const MOST_JSON_BYTES = 16 * 2 ** 20;

/** One file of an archive; the next one comes when this one has been read. */
type Entry = AsyncIterable<Buffer> & { header: Header };

export class ArchiveWriter {
  readonly stream: Pack = pack();

  manifest(manifest: ContainerManifest): Promise<void> {
    return this.#entry(MANIFEST, Buffer.from(JSON.stringify(manifest, null, 2)));
  }

  /** Writes a stream as numbered pieces below a folder. */
  async section(folder: string, chunks: AsyncIterable<Buffer>): Promise<void> {
    let held: Buffer[] = [];
    let size = 0;
    let number = 0;
    const flush = async () => {
      await this.#entry(`${folder}/${String(number).padStart(8, "0")}`, Buffer.concat(held, size));
      number += 1;
      held = [];
      size = 0;
    };
    for await (const chunk of chunks) {
      held.push(chunk);
      size += chunk.length;
      if (size >= PIECE_BYTES) await flush();
    }
    if (size > 0) await flush();
  }

  async end(): Promise<void> {
    await this.#entry(END, Buffer.from("{}"));
    this.stream.finalize();
  }

  /** Resolves once the reader of the archive has room for more. */
  #entry(name: string, data: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const sink = this.stream.entry({ name, size: data.length }, (error) =>
        error ? reject(error) : resolve(),
      );
      sink.end(data);
    });
  }
}

/** Reads an archive from its beginning to its end. */
export class ArchiveReader {
  readonly #file: string;
  readonly #entries: AsyncIterator<Entry>;
  readonly #close: () => void;
  #next: Entry | null | undefined;

  private constructor(file: string, entries: AsyncIterator<Entry>, close: () => void) {
    this.#file = file;
    this.#entries = entries;
    this.#close = close;
  }

  static async open(file: string, readBytes: (bytes: number) => void): Promise<ArchiveReader> {
    const source = createReadStream(file);
    let bytes = 0;
    source.on("data", (chunk) => {
      bytes += chunk.length;
      readBytes(bytes);
    });
    source.pause();
    const unpacked = extract();
    const unpack = await decompressorOf(file);
    // An error reaches the reader through the entries.
    const ended = (error: Error | null) => {
      if (error) unpacked.destroy(error);
    };
    if (unpack === null) pipeline(source, unpacked, ended);
    else pipeline(source, unpack, unpacked, ended);
    const entries = unpacked as AsyncIterable<Entry>;
    return new ArchiveReader(file, entries[Symbol.asyncIterator](), () => {
      source.destroy();
      unpacked.destroy();
    });
  }

  async manifest(): Promise<ContainerManifest> {
    const entry = await this.#peek();
    if (entry?.header.name !== MANIFEST) throw this.#damaged("it is no archive of a container");
    const text = await this.#text(entry);
    const version = z.object({ version: z.number() }).safeParse(json(text));
    if (version.success && version.data.version > 1) throw newer(this.#file);
    const manifest = containerManifestSchema.safeParse(json(text));
    if (!manifest.success) throw this.#damaged("its description cannot be read");
    return manifest.data;
  }

  /** The bytes of a folder's pieces. */
  async *section(folder: string): AsyncGenerator<Buffer, void, void> {
    for (let number = 0; ; number += 1) {
      const entry = await this.#peek();
      if (entry?.header.name !== `${folder}/${String(number).padStart(8, "0")}`) return;
      try {
        for await (const chunk of entry) yield chunk;
      } catch (error) {
        throw this.#damaged(DAMAGED, error);
      }
      this.#next = undefined;
    }
  }

  /** Throws where the archive was cut off. */
  async end(): Promise<void> {
    const entry = await this.#peek();
    if (entry?.header.name !== END) throw this.#damaged("it is not complete");
    await this.#text(entry);
  }

  close(): void {
    this.#close();
  }

  async #text(entry: Entry): Promise<string> {
    try {
      return await readText(entry);
    } catch (error) {
      throw this.#damaged(DAMAGED, error);
    } finally {
      this.#next = undefined;
    }
  }

  async #peek(): Promise<Entry | null> {
    if (this.#next !== undefined) return this.#next;
    try {
      const next: IteratorResult<Entry, unknown> = await this.#entries.next();
      this.#next = next.done === true ? null : next.value;
      return this.#next;
    } catch (error) {
      throw this.#damaged(DAMAGED, error);
    }
  }

  #damaged(why: string, cause?: unknown): BerthError {
    return new BerthError({
      code: "damaged_archive",
      message: `${this.#file} cannot be imported: ${why}.`,
      hint: "Take a file that Berth exported a container to, and copy it again if it came from elsewhere.",
      cause,
    });
  }
}

async function readText(entry: Entry): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of entry) {
    size += chunk.length;
    if (size <= MOST_JSON_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** By the first bytes: RFC 1952 (gzip), RFC 8878 (zstd). */
async function decompressorOf(file: string) {
  const handle = await open(file, "r");
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.readUInt16BE(0) === 0x1f8b) return createGunzip();
    return buffer.readUInt32LE(0) === 0xfd2fb528 ? createZstdDecompress() : null;
  } finally {
    await handle.close();
  }
}

function newer(file: string): BerthError {
  return new BerthError({
    code: "newer_archive",
    message: `${file} was written by a newer Berth.`,
    hint: "Update Berth, then import it.",
  });
}
