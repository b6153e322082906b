import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { runImageTool } from "./image-tool.ts";

const blockBytes = 64 * 1024;
const readBytes = 4 * 2 ** 20;
const zeros = Buffer.alloc(blockBytes);

const mapSchema = z.array(
  z.object({ start: z.number(), length: z.number(), data: z.boolean(), zero: z.boolean() }),
);

/**
 * A check sum over everything in a sparse file that is not zero, and its place. Holes are not read, and which zeros
 * are holes plays no part. Made to notice damage by accident, at the speed of reading.
 */
export async function sparseDigest(file: string, imageTool: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const buffer = Buffer.allocUnsafe(readBytes);
    let sum = 0;
    for (const { start, end } of await dataRanges(file, imageTool)) {
      for (let position = start; position < end;) {
        const { bytesRead } = await handle.read(buffer, 0, Math.min(readBytes, end - position), position);
        if (bytesRead === 0) break;
        for (let at = 0; at < bytesRead; at += blockBytes) {
          const block = buffer.subarray(at, Math.min(at + blockBytes, bytesRead));
          if (block.equals(zeros.subarray(0, block.length))) continue;
          sum = crc32(block, crc32(String(position + at), sum));
        }
        position += bytesRead;
      }
    }
    return sum.toString(16).padStart(8, "0");
  } finally {
    await handle.close();
  }
}

/** Where the file has data, in whole blocks. */
async function dataRanges(file: string, imageTool: string): Promise<{ start: number; end: number }[]> {
  const map = await runImageTool(imageTool, ["map", "-f", "raw", "--output=json", file], {
    maxBuffer: 256 * 2 ** 20,
  });
  const ranges: { start: number; end: number }[] = [];
  for (const { start, length, data, zero } of mapSchema.parse(JSON.parse(map))) {
    if (!data || zero) continue;
    const from = start - (start % blockBytes);
    const to = Math.ceil((start + length) / blockBytes) * blockBytes;
    const last = ranges.at(-1);
    if (last && from <= last.end) last.end = Math.max(last.end, to);
    else ranges.push({ start: from, end: to });
  }
  return ranges;
}
