import path from "node:path";
import { decodeText } from "../format/read-file.ts";
import { readBytes } from "../import/read-bytes.ts";

const MAX_ICON_BYTES = 256 * 1024;

/** What an SVG could do besides being drawn: run, load from elsewhere, hold other documents. */
const active =
  /<\s*(?:script|foreignObject|iframe|object|embed|audio|video|animate|set|handler|listener)\b|<!(?:DOCTYPE|ENTITY)|<\?xml-stylesheet|\son\w+\s*=|javascript:|@import|(?:href|src)\s*=\s*["']?\s*(?!["']?#)[^"'\s>]|url\(\s*["']?\s*(?!#)/i;

/** A template's icon as a data address that can be shown as an image; null where it is none that is safe. */
export async function readIcon(dir: string, name: string): Promise<string | null> {
  try {
    const bytes = Buffer.from(await readBytes(path.join(dir, name), MAX_ICON_BYTES));
    const type = imageType(bytes);
    return type === null ? null : `data:${type};base64,${bytes.toString("base64")}`;
  } catch {
    return null;
  }
}

function imageType(bytes: Buffer): string | null {
  if (bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])))
    return "image/png";
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "image/jpeg";
  return isPlainSvg(bytes) ? "image/svg+xml" : null;
}

/** Whether bytes are an SVG that only draws. */
function isPlainSvg(bytes: Uint8Array): boolean {
  try {
    const text = decodeText(bytes, "icon.svg");
    return /^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*)*<svg[\s>]/.test(text) && !active.test(text);
  } catch {
    return false;
  }
}
