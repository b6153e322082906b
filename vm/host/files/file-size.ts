import { stat } from "node:fs/promises";
import { systemCode } from "../errors.ts";

/** Bytes in a file; null when there is none. */
export async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}
