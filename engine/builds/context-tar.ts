import { createReadStream } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack, type Pack } from "tar-stream";
import { fileProblem } from "../host/index.ts";
import { BerthError } from "../vm.ts";
import type { BuildContext, ContextEntry } from "./context.ts";

/** A context as a tar stream, read as it is taken. `sent` hears how many bytes of files went. */
export function packContext(context: BuildContext, sent: (bytes: number) => void): Readable {
  const archive = pack();
  void fill(archive, context, sent).catch((error: unknown) =>
    archive.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return Readable.from(archive, { objectMode: false });
}

/** A context that is a Dockerfile alone. */
export function packDockerfile(content: string): Readable {
  const archive = pack();
  archive.entry({ name: "Dockerfile" }, content);
  archive.finalize();
  return Readable.from(archive, { objectMode: false });
}

async function fill(archive: Pack, context: BuildContext, sent: (bytes: number) => void): Promise<void> {
  let bytes = 0;
  for (const entry of context.entries) {
    const header = { name: entry.name, mode: entry.mode, mtime: entry.modified, uid: 0, gid: 0 };
    if (entry.kind === "folder") archive.entry({ ...header, type: "directory" });
    else if (entry.kind === "link") archive.entry({ ...header, type: "symlink", linkname: entry.target });
    else {
      await addFile(archive, header, context, entry);
      sent((bytes += entry.size));
    }
  }
  archive.finalize();
}

async function addFile(
  archive: Pack,
  header: { name: string; mode: number; mtime: Date; uid: number; gid: number },
  { folder }: BuildContext,
  entry: ContextEntry,
): Promise<void> {
  const file = path.join(folder, entry.name);
  if (entry.size === 0) {
    archive.entry(header, "");
    return;
  }
  const target = archive.entry({ ...header, size: entry.size });
  try {
    // A file that grows meanwhile is sent as long as it was.
    await pipeline(createReadStream(file, { end: entry.size - 1 }), target);
  } catch (error) {
    if (error instanceof Error && /size mismatch/i.test(error.message)) {
      throw new BerthError({
        code: "context_changed",
        message: `${entry.name} changed while it was sent to the build.`,
        hint: "Build again when nothing writes there.",
        cause: error,
      });
    }
    throw fileProblem(file, error);
  }
}
