import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { fileDigest, requireDigest } from "./digest.mjs";
import { SetupProblem } from "./problem.mjs";

const silenceLimitMs = 30_000;

/**
 * Fetches a file whose digest is known. What arrived before an interruption is kept beside it and continued; a
 * file with the wrong digest is never handed out.
 * @param {object} options
 * @param {string} options.url http(s) or file
 * @param {string} options.sha256
 * @param {string} options.file where it goes
 * @param {string} options.what how people call it
 * @param {import("./progress.mjs").Progress} options.progress
 */
export async function download({ url, sha256, file, what, progress }) {
  await mkdir(path.dirname(file), { recursive: true });
  if ((await sizeOf(file)) > 0 && (await fileDigest(file)) === sha256.toLowerCase()) return;

  const partial = `${file}.part`;
  const keptBytes = await sizeOf(partial);
  await fetchInto(url, partial, keptBytes, what, progress);
  if (keptBytes > 0 && (await fileDigest(partial)) !== sha256.toLowerCase()) {
    // The first part may be of another file or damaged: one try from the start tells.
    progress.note(`The continued download of ${what} is not right; fetching it from the start.`);
    await rm(partial);
    await fetchInto(url, partial, 0, what, progress);
  }
  await requireDigest(partial, sha256, "sha256", what);
  await rename(partial, file);
}

/**
 * @param {string} url
 * @param {string} partial
 * @param {number} keptBytes
 * @param {string} what
 * @param {import("./progress.mjs").Progress} progress
 */
async function fetchInto(url, partial, keptBytes, what, progress) {
  try {
    if (url.startsWith("file:")) {
      await pipeline(createReadStream(fileURLToPath(url)), createWriteStream(partial));
      return;
    }
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), silenceLimitMs);
    try {
      const response = await fetch(url, {
        signal: silence.signal,
        headers: keptBytes > 0 ? { range: `bytes=${keptBytes}-` } : {},
      });
      if (response.status === 416 && keptBytes > 0) return;
      if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
      const start = response.status === 206 ? keptBytes : 0;
      const total = start + Number(response.headers.get("content-length") ?? Number.NaN);
      let received = start;
      await pipeline(
        Readable.fromWeb(/** @type {import("node:stream/web").ReadableStream} */ (response.body)),
        async function* (/** @type {AsyncIterable<Uint8Array>} */ chunks) {
          for await (const chunk of chunks) {
            clearTimeout(timer);
            timer = setTimeout(() => silence.abort(), silenceLimitMs);
            received += chunk.length;
            progress.update(Number.isNaN(total) ? undefined : received / total, "downloading");
            yield chunk;
          }
        },
        createWriteStream(partial, { flags: start > 0 ? "a" : "w" }),
      );
    } finally {
      clearTimeout(timer);
    }
  } catch (error) {
    const kept = Math.round((await sizeOf(partial)) / 1024 ** 2);
    throw new SetupProblem(
      `${what} could not be downloaded from ${url}: ${describe(error)}.`,
      `Check the network, then run this again${kept > 0 ? `: it continues after the ${kept} MiB already here` : ""}.`,
      { cause: error },
    );
  }
}

/** @param {unknown} error */
function describe(error) {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError") return `nothing arrived for ${silenceLimitMs / 1000} s`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** @param {string} file */
async function sizeOf(file) {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}
