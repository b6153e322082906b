import { Readable } from "node:stream";
import type Docker from "dockerode";
import { type Header, pack, type Pack } from "tar-stream";

export type EntryHeader = Partial<Header> & Pick<Header, "name">;

/** Puts a few entries, whose content is at hand, into a folder of a container. */
export async function putEntries(
  docker: Docker,
  id: string,
  folder: string,
  entries: readonly { header: EntryHeader; data: Buffer }[],
): Promise<void> {
  const archive = pack();
  for (const { header, data } of entries) {
    if (header.type === "directory") archive.entry(header);
    else archive.entry({ ...header, size: data.length }, data);
  }
  archive.finalize();
  await putArchive(docker, id, folder, archive, new AbortController().signal);
}

/** Unpacks an archive in a folder of a container; answers once it is there. */
export async function putArchive(
  docker: Docker,
  id: string,
  folder: string,
  archive: Pack,
  signal: AbortSignal,
): Promise<void> {
  // A file does not take the place of a folder, nor a folder that of a file.
  await docker
    .getContainer(encodeURIComponent(id))
    .putArchive(Readable.from(archive, { objectMode: false }), {
      path: folder,
      noOverwriteDirNonDir: "1",
      abortSignal: signal,
    });
}
