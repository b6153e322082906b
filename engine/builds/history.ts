import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import {
  type BuildSpec,
  buildSpecSchema,
  buildStepSchema,
  type BuildSummary,
  buildSummarySchema,
} from "../contract/index.ts";
import { type Logger, writeFileAtomically } from "../vm.ts";
import { BuildRecord } from "./record.ts";

const KEPT = 50;
const fileSchema = z.object({
  summary: buildSummarySchema,
  spec: buildSpecSchema,
  steps: z.array(buildStepSchema),
  logs: z.record(z.string(), z.string()),
});

/** The last builds, a file for each in the home. */
export class BuildHistory {
  readonly folder: string;
  readonly #logger: Logger;

  constructor(folder: string, logger: Logger) {
    this.folder = folder;
    this.#logger = logger;
  }

  async prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
  }

  /** Builds of earlier engines, oldest first. One that was running then is counted as cancelled. */
  async load(
    onChange: (summary: BuildSummary) => void,
  ): Promise<{ records: BuildRecord[]; interrupted: boolean }> {
    const names = await readdir(this.folder).catch(() => []);
    const records: BuildRecord[] = [];
    let interrupted = false;
    for (const name of names.filter((file) => file.endsWith(".json"))) {
      try {
        const kept = fileSchema.parse(JSON.parse(await readFile(path.join(this.folder, name), "utf8")));
        const record = new BuildRecord(kept.summary, kept.spec, onChange);
        record.restore(kept.steps, kept.logs);
        if (kept.summary.state === "running") {
          interrupted = true;
          record.end("cancelled");
          await this.save(record);
        }
        records.push(record);
      } catch (error) {
        this.#logger.warn("a build of the history cannot be read", { name, error });
      }
    }
    records.sort((a, b) => a.summary.startedAt.localeCompare(b.summary.startedAt));
    return { records, interrupted };
  }

  /** Keeps a build that ended. Values of secrets are not written. */
  async save({ summary, spec, steps, logs }: BuildRecord): Promise<void> {
    const kept = { summary, spec: withoutSecrets(spec), steps, logs };
    await this.prepare();
    await writeFileAtomically(this.#file(summary.id), JSON.stringify(kept));
  }

  async remove(id: string): Promise<void> {
    await rm(this.#file(id), { force: true });
  }

  /** Those that are more than are kept. */
  surplus(records: readonly BuildRecord[]): BuildRecord[] {
    const ended = records.filter(({ summary }) => summary.state !== "running");
    return ended.slice(0, Math.max(0, ended.length - KEPT));
  }

  #file(id: string): string {
    return path.join(this.folder, `${id}.json`);
  }
}

function withoutSecrets(spec: BuildSpec): BuildSpec {
  return { ...spec, secrets: spec.secrets.filter(({ from }) => from.kind === "file") };
}
