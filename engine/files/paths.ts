import path from "node:path";
import { BerthError } from "../vm.ts";

/** An absolute path of a container in its plainest form: without `.`, `..` and slashes that say nothing. */
export function containerPath(given: string): string {
  if (given.includes("\0") || !given.startsWith("/")) throw refused(given);
  const plain = path.posix.normalize(given);
  return plain.length > 1 && plain.endsWith("/") ? plain.slice(0, -1) : plain;
}

/** A path below a folder, as an upload names it. */
export function relativePath(given: string): string {
  const plain = path.posix.normalize(given);
  const leaves = plain === ".." || plain.startsWith("../") || plain.startsWith("/") || plain === ".";
  if (given.includes("\0") || leaves) throw refused(given);
  return plain.endsWith("/") ? plain.slice(0, -1) : plain;
}

function refused(given: string): BerthError {
  return new BerthError({
    code: "invalid_path",
    message: `"${given.replaceAll("\0", "\ufffd")}" is not a path that can be used here.`,
    hint: "Choose a path inside of the container.",
  });
}
