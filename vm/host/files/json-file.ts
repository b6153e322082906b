import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { systemCode } from "../errors.ts";
import { writeFileAtomically } from "./atomic-file.ts";

/** Outcome of reading a small state file: its value, or why there is none. */
export type JsonFileResult<T> =
  { kind: "value"; value: T } | { kind: "missing" } | { kind: "damaged"; cause: unknown };

/** Reads and validates a state file. Only unexpected system errors (no permission, …) are thrown. */
export async function readJsonFile<T>(file: string, schema: z.ZodType<T>): Promise<JsonFileResult<T>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return { kind: "missing" };
    throw error;
  }
  try {
    return { kind: "value", value: schema.parse(JSON.parse(text)) };
  } catch (cause) {
    return { kind: "damaged", cause };
  }
}

/** Writes a state file atomically, readable for people too. */
export async function writeJsonFile(file: string, value: unknown): Promise<void> {
  await writeFileAtomically(file, `${JSON.stringify(value, null, 2)}\n`);
}
