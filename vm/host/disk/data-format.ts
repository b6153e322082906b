import { statfs } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { BerthError } from "../errors.ts";
import { type JsonFileResult, readJsonFile, writeJsonFile } from "../files/json-file.ts";

/** Format of a home's data that this Berth writes. Raised only together with a migration from the one before. */
const presentDataFormat = 1;

/** What a migration may use. The VM stands still meanwhile. */
export interface MigrationContext {
  /** The data disk; what it was before is kept elsewhere. */
  dataDisk: string;
  /** Folder of the VM's other files. */
  folder: string;
  /** Program that makes and checks disk files. */
  imageTool: string;
}

/** Takes the data from one format to the next. */
export interface DataMigration {
  from: number;
  /** Space that must be free on this computer's disk to begin. */
  spaceBytes: number;
  run(context: MigrationContext): Promise<void>;
}

/** The formats a machine knows; tests bring their own. */
export interface DataFormats {
  present: number;
  migrations: DataMigration[];
}

export const knownFormats: DataFormats = { present: presentDataFormat, migrations: [] };

const markerSchema = z.object({
  format: z.number().int().positive(),
  /** A migration that is under way: the snapshot that holds what was before. */
  upgrading: z.object({ to: z.number().int().positive(), backup: z.string() }).nullable(),
});
export type DataFormatMarker = z.infer<typeof markerSchema>;

function readMarker(file: string): Promise<JsonFileResult<DataFormatMarker>> {
  return readJsonFile(file, markerSchema);
}

export function writeMarker(file: string, marker: DataFormatMarker): Promise<void> {
  return writeJsonFile(file, marker);
}

/**
 * The format of the data that is there. Homes older than the marker have format 1. Throws `data_format_newer` and
 * `data_format_unknown`; nothing is touched.
 */
export async function presentMarker(file: string, formats: DataFormats): Promise<DataFormatMarker> {
  const read = await readMarker(file);
  const first: DataFormatMarker = { format: 1, upgrading: null };
  if (read.kind === "missing") return first;
  if (read.kind === "damaged") {
    // As long as there has been one format only, there is nothing to mistake it for.
    if (formats.present === 1) return first;
    throw unknownFormat(file, read.cause);
  }
  if (read.value.format > formats.present) throw newerFormat(read.value.format, formats.present);
  return read.value;
}

/** The migrations that lead from one format to another, in order; throws when one lacks. */
export function wayTo(from: number, formats: DataFormats): DataMigration[] {
  const steps: DataMigration[] = [];
  for (let format = from; format < formats.present; format++) {
    const step = formats.migrations.find((migration) => migration.from === format);
    if (!step) throw new Error(`there is no migration from data format ${format}`);
    steps.push(step);
  }
  return steps;
}

/** Throws `disk_space` when the disk that holds the file has less free than needed. */
export async function needSpace(file: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(path.dirname(file));
  if (bavail * bsize >= bytes) return;
  throw new BerthError({
    code: "disk_space",
    message: `Bringing the VM's data up to date needs ${Math.ceil(bytes / 2 ** 20)} MiB of free space on this computer's disk, and there is less.`,
    hint: "Free some space and start again. Your data has not been touched.",
  });
}

export function upgradeFailed(to: number, cause: unknown): BerthError {
  return new BerthError({
    code: "data_upgrade_failed",
    message: `The VM's data could not be brought to format ${to}; it is as it was before.`,
    hint: "Use the former version of Berth meanwhile, and please report it with `berth logs engine`.",
    cause,
  });
}

function newerFormat(found: number, known: number): BerthError {
  return new BerthError({
    code: "data_format_newer",
    message: `The VM's data has format ${found}, and this version of Berth knows only up to ${known}. Nothing has been changed.`,
    hint: "Install the version of Berth that you used last, or a newer one.",
  });
}

function unknownFormat(file: string, cause: unknown): BerthError {
  return new BerthError({
    code: "data_format_unknown",
    message: `The file ${file}, which tells the format of the VM's data, is damaged. Nothing has been changed.`,
    hint: "Put a backup of this file in its place.",
    cause,
  });
}
