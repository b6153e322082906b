import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";
import { BerthError, systemCode } from "../../vm.ts";
import { fileProblem } from "./problems.ts";

/** A Compose file or a Panamax template is a few kilobytes; more is a mistake or an attack. */
export const MAX_TEMPLATE_BYTES = 1024 * 1024;
/** Collections in JSON hold hundreds of templates. */
export const MAX_COLLECTION_BYTES = 8 * 1024 * 1024;

/**
 * Reads a text file written by strangers: a regular file, no symbolic link, not too large, text. Text that is
 * not UTF-8 is read as Latin-1 where `latin1` allows it.
 */
export async function readTemplateText(
  file: string,
  options: { maxBytes?: number; latin1?: boolean; name?: string } = {},
): Promise<string> {
  const name = options.name ?? file;
  const maxBytes = options.maxBytes ?? MAX_TEMPLATE_BYTES;
  const bytes = await readBounded(file, name, maxBytes);
  return decodeText(bytes, name, options.latin1 === true);
}

/** Text from bytes; refuses what is not text, naming the place. */
export function decodeText(bytes: Uint8Array, name: string, latin1 = false): string {
  const zero = bytes.indexOf(0);
  if (zero !== -1 && !isUtf16(bytes)) throw notText(name, bytes, zero);
  if (isUtf16(bytes)) return new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    if (latin1) return new TextDecoder("latin1").decode(bytes);
    throw notText(name, bytes, firstInvalid(bytes));
  }
}

async function readBounded(file: string, name: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const found = await lstat(file);
    if (found.isSymbolicLink()) throw symbolicLink(name);
    // Opening a pipe would wait for somebody to write into it.
    if (!found.isFile()) {
      throw fileProblem(name, {
        code: "not_a_file",
        message: "This is not a file.",
        fix: found.isDirectory()
          ? "Name the file in the folder, such as compose.yaml."
          : "Name a regular file.",
      });
    }
    const flags = constants.O_RDONLY | (process.platform === "win32" ? 0 : constants.O_NOFOLLOW);
    const handle = await open(file, flags);
    try {
      const { size } = await handle.stat();
      if (size > maxBytes) throw tooLarge(name, size, maxBytes);
      // A file that grows meanwhile is read up to the limit only.
      const buffer = Buffer.alloc(Math.min(maxBytes, size) + 1);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      if (bytesRead > maxBytes) throw tooLarge(name, bytesRead, maxBytes);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof BerthError) throw cause;
    if (systemCode(cause) === "ELOOP") throw symbolicLink(name);
    const missing = systemCode(cause) === "ENOENT" || systemCode(cause) === "ENOTDIR";
    throw new BerthError({
      code: missing ? "file_not_found" : "file_not_readable",
      message: missing ? `There is no file ${name}.` : `The file ${name} cannot be read.`,
      hint: missing ? "Check the path." : "Check who owns the file.",
      cause,
    });
  }
}

function tooLarge(name: string, size: number, maxBytes: number): BerthError {
  return fileProblem(name, {
    code: "file_too_large",
    message: `The file has ${Math.ceil(size / 1024)} KiB; at most ${maxBytes / 1024} KiB are read.`,
    fix: "Move data out of the file, into files of the template's folder.",
  });
}

function symbolicLink(name: string): BerthError {
  return fileProblem(name, {
    code: "symbolic_link",
    message: "The file is a symbolic link, which templates may not hold.",
    fix: "Put the file itself in its place.",
  });
}

function notText(name: string, bytes: Uint8Array, at: number): BerthError {
  const before = bytes.subarray(0, at);
  const line = before.reduce((lines, byte) => (byte === 10 ? lines + 1 : lines), 1);
  return fileProblem(name, {
    code: "not_text",
    message: "The file holds bytes that are no text.",
    fix: "Save it as text in UTF-8.",
    line,
    column: at - before.lastIndexOf(10),
  });
}

function isUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

/** Offset of the first byte that is not UTF-8. */
function firstInvalid(bytes: Uint8Array): number {
  const lenient = new TextDecoder("utf-8").decode(bytes);
  return Buffer.byteLength(lenient.slice(0, Math.max(0, lenient.indexOf("\uFFFD"))));
}
