import { realpath } from "node:fs/promises";
import { isSea } from "node:sea";

/**
 * How this same program is run as the engine: the single executable alone, or the JavaScript runtime with
 * the script that runs now.
 */
export async function engineProgram(): Promise<{ command: string; args: string[] }> {
  const script = process.argv[1];
  if (isSea() || script === undefined) return { command: process.execPath, args: ["engine"] };
  return { command: process.execPath, args: [await realpath(script), "engine"] };
}
