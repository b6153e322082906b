import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { download } from "../../../scripts/setup/download.mjs";
import { collectedProgress, temporaryFolders } from "./support.ts";

const content = Buffer.alloc(200_000, "berth");
const sha256 = createHash("sha256").update(content).digest("hex");
const folder = temporaryFolders();
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Serves one file with byte ranges, as a release server does. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; ranges: (string | undefined)[] }> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}/image.tar`, ranges };
}

function withRanges(request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, { "content-length": content.length - from });
  response.end(content.subarray(from));
}

describe("download", () => {
  it("keeps a file with the right digest and does not fetch it again", async () => {
    const { url, ranges } = await serve(withRanges);
    const file = path.join(folder(), "image.tar");
    const wish = { url, sha256, file, what: "the image", progress: collectedProgress() };
    await download(wish);
    await download(wish);
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(ranges).toHaveLength(1);
  });

  it("refuses another file, removes it and says so", async () => {
    const { url } = await serve((_request, response) => response.end("something else"));
    const file = path.join(folder(), "image.tar");
    const attempt = download({ url, sha256, file, what: "The image", progress: collectedProgress() });
    await expect(attempt).rejects.toMatchObject({
      name: "SetupProblem",
      message: expect.stringContaining("The image is not the expected file") as string,
      hint: expect.stringContaining("again") as string,
    });
    expect(existsSync(file)).toBe(false);
    expect(existsSync(`${file}.part`)).toBe(false);
  });

  it("continues where an interrupted download stopped", async () => {
    let cut = true;
    const file = path.join(folder(), "image.tar");
    const { url, ranges } = await serve((request, response) => {
      if (cut) {
        response.writeHead(200, { "content-length": content.length });
        response.write(content.subarray(0, 80_000));
        void vi
          .waitUntil(() => (statSync(`${file}.part`, { throwIfNoEntry: false })?.size ?? 0) > 0)
          .then(() => response.destroy());
        cut = false;
      } else {
        withRanges(request, response);
      }
    });
    const wish = { url, sha256, file, what: "The image", progress: collectedProgress() };
    await expect(download(wish)).rejects.toMatchObject({ name: "SetupProblem" });
    const kept = readFileSync(`${file}.part`).length;
    expect(kept).toBeGreaterThan(0);
    await download(wish);
    expect(ranges.at(-1)).toBe(`bytes=${kept}-`);
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it("discards a damaged first part and starts over", async () => {
    const { url, ranges } = await serve(withRanges);
    const file = path.join(folder(), "image.tar");
    writeFileSync(`${file}.part`, Buffer.alloc(1000, "x"));
    const progress = collectedProgress();
    await download({ url, sha256, file, what: "the image", progress });
    expect(ranges).toEqual(["bytes=1000-", undefined]);
    expect(progress.notes.join()).toContain("from the start");
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it("names the remedy when the server cannot be reached", async () => {
    const file = path.join(folder(), "image.tar");
    // Port 9 (discard) is closed on every machine that runs tests.
    const url = "http://127.0.0.1:9/image.tar";
    const attempt = download({ url, sha256, file, what: "The image", progress: collectedProgress() });
    await expect(attempt).rejects.toMatchObject({
      hint: expect.stringContaining("Check the network") as string,
    });
  });
});
