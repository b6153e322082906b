import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { BerthError } from "../../vm.ts";

/** The content of a regular file that is no link and not larger than allowed. */
export async function readBytes(file: string, maxBytes: number): Promise<Uint8Array> {
  const flags =
    constants.O_RDONLY | (process.platform === "win32" ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const handle = await open(file, flags);
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > maxBytes) {
      throw new BerthError({
        code: "file_not_usable",
        message: `${file} is ${found.isFile() ? "too large" : "not a file"}.`,
        hint: "Leave it out of the template.",
      });
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
