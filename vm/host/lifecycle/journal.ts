import { z } from "zod";
import { type JsonFileResult, readJsonFile, writeJsonFile } from "../files/json-file.ts";

const problemSchema = z.object({
  id: z.string(),
  message: z.string(),
  hint: z.string(),
  severity: z.enum(["problem", "note"]),
});

/** What is known about the machine, written before each step so that a crash in the middle shows. */
const journalSchema = z.object({
  format: z.literal(1),
  state: z.enum([
    "absent",
    "creating",
    "stopped",
    "starting",
    "running",
    "paused",
    "suspending",
    "suspended",
    "resuming",
    "stopping",
    "broken",
  ]),
  since: z.string(),
  lastStart: z.enum(["cold", "warm", "resumed"]).nullable(),
  phases: z.array(z.object({ name: z.string(), ms: z.number() })),
  /** Size of the disk as last made sure of. */
  diskGiB: z.number().nullable(),
  /** Digest of the configuration the machine was booted with. */
  bootConfiguration: z.string().default(""),
  problems: z.array(problemSchema),
});

export type Journal = z.infer<typeof journalSchema>;

export function readJournal(file: string): Promise<JsonFileResult<Journal>> {
  return readJsonFile(file, journalSchema);
}

export function writeJournal(file: string, journal: Journal): Promise<void> {
  return writeJsonFile(file, journal);
}
