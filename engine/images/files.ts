import { createReadStream } from "node:fs";
import { PassThrough, type Readable } from "node:stream";
import type Docker from "dockerode";
import { openStream, progressLines } from "../docker/index.ts";
import { resolveHostPath, sizeOfFile, writeStream } from "../host/index.ts";
import { BerthError } from "../vm.ts";

interface Report {
  detail: string;
  progress: number | null;
}

interface Work {
  docker: Docker;
  report: (state: Report) => void;
  signal: AbortSignal;
}

/** Writes images as `docker save` does. `expectedBytes` is what they hold unpacked, for the progress. */
export async function saveImages(
  references: readonly string[],
  path: string,
  expectedBytes: number,
  { docker, report, signal }: Work,
): Promise<void> {
  const file = resolveHostPath(path);
  const answer = await openStream(docker, { path: "/images/get", query: { names: [...references] }, signal });
  const counted = counting(answer, (bytes) =>
    report({
      detail: `${mebibytes(bytes)} MiB`,
      progress: Math.min(0.99, bytes / Math.max(1, expectedBytes)),
    }),
  );
  await writeStream(file, counted, signal);
  report({ detail: file, progress: 1 });
}

/** Loads what `docker save` wrote; answers the names of the images. */
export async function loadImages(path: string, work: Work): Promise<string[]> {
  const file = resolveHostPath(path);
  const names: string[] = [];
  await sendFile(file, "/images/load", { quiet: true }, work, (line) => {
    const name = /^Loaded image(?: ID)?: (\S+)/.exec(line.stream ?? "")?.[1];
    if (name !== undefined) names.push(name);
  });
  if (names.length === 0) throw notAnArchive(file, "there is no image in it");
  work.report({ detail: `Loaded ${names.join(", ")}`, progress: 1 });
  return names;
}

/** Makes an image out of a tar of a root file system. */
export async function importRootfs(
  { path, reference, changes }: { path: string; reference: string; changes: readonly string[] },
  work: Work,
): Promise<void> {
  const file = resolveHostPath(path);
  const query = { fromSrc: "-", repo: reference, changes: [...changes] };
  await sendFile(file, "/images/create", query, work, () => undefined);
  work.report({ detail: `Imported ${reference}`, progress: 1 });
}

async function sendFile(
  file: string,
  path: string,
  query: Record<string, string | boolean | string[]>,
  { docker, report, signal }: Work,
  onLine: (line: { stream?: string | undefined }) => void,
): Promise<void> {
  const size = await sizeOfFile(file);
  if (size === 0) throw notAnArchive(file, "it is empty");
  const source = createReadStream(file);
  const body = counting(source, (bytes) =>
    report({
      detail: `${mebibytes(bytes)} of ${mebibytes(size)} MiB`,
      progress: Math.min(0.99, bytes / size),
    }),
  );
  try {
    const answer = await openStream(docker, { method: "POST", path, query, body, signal });
    for await (const line of progressLines(answer, `${file} could not be read as an image.`)) onLine(line);
  } catch (error) {
    if (isDamaged(error)) throw notAnArchive(file, "it is damaged or not complete", error);
    throw error;
  } finally {
    source.destroy();
  }
}

/** Docker's words for tar files that end early or are none. */
function isDamaged(error: unknown): boolean {
  return (
    error instanceof Error &&
    /unexpected EOF|invalid tar header|archive\/tar|manifest\.json: no such file|gzip: invalid|invalid magic|short read/i.test(
      error.message,
    )
  );
}

function notAnArchive(file: string, why: string, cause?: unknown): BerthError {
  return new BerthError({
    code: "damaged_archive",
    message: `${file} was not loaded: ${why}.`,
    hint: "Take a file that docker save or Berth wrote, and copy it again if it came from elsewhere. Nothing was changed.",
    cause,
  });
}

function counting(source: Readable, report: (bytes: number) => void): Readable {
  let bytes = 0;
  const counted = new PassThrough();
  source.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    report(bytes);
  });
  source.on("error", (error) => counted.destroy(error));
  source.pipe(counted);
  return counted;
}

function mebibytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1);
}
