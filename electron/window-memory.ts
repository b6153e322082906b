import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

const memorySchema = z.object({
  bounds: z.object({ x: z.int(), y: z.int(), width: z.int().min(200), height: z.int().min(200) }).nullable(),
  maximized: z.boolean(),
  theme: z.enum(["system", "dark", "light"]),
});

/** What the next start needs before the engine answers: where the window stood and how it looked. */
export type WindowMemory = z.infer<typeof memorySchema>;

const blank: WindowMemory = { bounds: null, maximized: false, theme: "system" };

/** Reads what was remembered; a missing or damaged file is nothing remembered. */
export function readWindowMemory(file: string): WindowMemory {
  try {
    const parsed = memorySchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
    return parsed.success ? parsed.data : blank;
  } catch {
    return blank;
  }
}

/** Writes it whole or not at all. Throws where the home cannot be written. */
export function writeWindowMemory(file: string, memory: WindowMemory): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const partial = `${file}.partial`;
  const handle = openSync(partial, "w", 0o600);
  try {
    writeSync(handle, JSON.stringify(memory));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(partial, file);
}
