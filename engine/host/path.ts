import { access, constants, stat } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { BerthError, systemCode } from "../vm.ts";

/** An absolute path of this computer; `~` stands for the home folder. Throws `invalid_path`. */
export function resolveHostPath(text: string): string {
  const trimmed = text.trim();
  const expanded = /^~(?=$|[/\\])/.test(trimmed) ? path.join(homedir(), trimmed.slice(1)) : trimmed;
  if (path.isAbsolute(expanded) && !expanded.includes("\0")) return path.normalize(expanded);
  throw new BerthError({
    code: "invalid_path",
    message: `"${trimmed}" is not a whole path.`,
    hint: "Give it from the root on, or beginning with ~ for your home folder.",
  });
}

/** Bytes of a file that can be read; throws what is wrong with it otherwise. */
export async function sizeOfFile(file: string): Promise<number> {
  try {
    const { size } = await requireFile(file);
    await access(file, constants.R_OK);
    return size;
  } catch (error) {
    throw fileProblem(file, error);
  }
}

async function requireFile(file: string) {
  const found = await stat(file);
  if (found.isFile()) return found;
  throw new BerthError({
    code: "not_a_file",
    message: `${file} is not a file.`,
    hint: "Choose a file.",
  });
}

/** What prevents that a path of this computer is read or written, for people. */
export function fileProblem(file: string, error: unknown): Error {
  if (error instanceof BerthError) return error;
  const known: Record<string, [code: string, message: string, hint: string]> = {
    ENOENT: ["file_not_found", `${file} does not exist.`, "Check the path."],
    ENOTDIR: ["file_not_found", `${file} does not exist.`, "Check the path."],
    EACCES: [
      "file_not_readable",
      `${file} may not be accessed.`,
      "Check its permissions, or choose another.",
    ],
    EPERM: ["file_not_readable", `${file} may not be accessed.`, "Check its permissions, or choose another."],
    EISDIR: ["not_a_file", `${file} is a folder.`, "Choose a file."],
    EROFS: ["file_not_writable", `${file} is on a disk that cannot be written.`, "Choose another folder."],
    ENOSPC: ["host_disk_full", "The disk of this computer is full.", "Free some space and try again."],
  };
  const found = known[systemCode(error) ?? ""];
  if (found === undefined) return error instanceof Error ? error : new Error(String(error));
  const [code, message, hint] = found;
  return new BerthError({ code, message, hint, cause: error });
}
