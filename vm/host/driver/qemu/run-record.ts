import { z } from "zod";
import { endpointSchema } from "../../endpoint.ts";
import { readJsonFile, writeJsonFile, type JsonFileResult } from "../../files/json-file.ts";

/** What is noted beside a running QEMU so that another engine can take it over. */
const recordSchema = z.object({
  format: z.literal(1),
  runId: z.string(),
  /** Null between the decision to start and the start. */
  pid: z.number().int().positive().nullable(),
  identity: z.string(),
  shape: z.object({
    cpus: z.number().int().positive(),
    memoryMiB: z.number().int().positive(),
    accelerator: z.enum(["hvf", "whpx", "kvm", "tcg"]),
  }),
  driverVersion: z.string(),
  imageDir: z.string(),
  imageHash: z.string(),
  deviceHash: z.string(),
  qmp: endpointSchema,
  control: endpointSchema,
});

export type QemuRunRecord = z.infer<typeof recordSchema>;

export function readRunRecord(file: string): Promise<JsonFileResult<QemuRunRecord>> {
  return readJsonFile(file, recordSchema);
}

export function writeRunRecord(file: string, record: QemuRunRecord): Promise<void> {
  return writeJsonFile(file, record);
}

export function machineName(runId: string): string {
  return `berth-${runId}`;
}
