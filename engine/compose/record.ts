import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { BerthError, type Logger, writeFileAtomically } from "../vm.ts";

const portSchema = z.object({
  containerPort: z.int(),
  protocol: z.enum(["tcp", "udp"]),
  hostPort: z.int(),
});

/** What Berth keeps of a project on this computer. Values of secrets are never in it. */
const recordSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  kind: z.enum(["folder", "dockerfile", "files"]),
  folder: z.string(),
  template: z
    .object({ id: z.string(), version: z.string().nullable(), title: z.string() })
    .nullable()
    .default(null),
  variables: z.record(z.string(), z.string()).default({}),
  /** Names of the secrets; their values are in the guest. */
  secrets: z.array(z.string()).default([]),
  /** As the Compose file said last. */
  services: z.array(z.object({ name: z.string(), image: z.string(), builds: z.boolean() })).default([]),
  scale: z.record(z.string(), z.int()).default({}),
  /** Ports that were chosen for a folder with only a Dockerfile. */
  ports: z.array(portSchema).default([]),
  /** What each built image was built from, and its id then. */
  builds: z.record(z.string(), z.object({ key: z.string(), imageId: z.string() })).default({}),
  /** Work that has not ended; still there after a restart, it was cut short. */
  pending: z.string().nullable().default(null),
});
export type ProjectRecord = z.infer<typeof recordSchema>;
export type NewRecord = z.input<typeof recordSchema>;

const RECORD = "record.json";

/** The projects of a home: a folder each, with its record and, for projects without a folder, their files. */
export class ProjectRecords {
  readonly #root: string;
  readonly #logger: Logger;
  readonly #records = new Map<string, ProjectRecord>();
  readonly #listeners = new Set<() => void>();

  private constructor(root: string, logger: Logger) {
    this.#root = root;
    this.#logger = logger;
  }

  static async open(home: string, logger: Logger): Promise<ProjectRecords> {
    const records = new ProjectRecords(path.join(home, "apps"), logger);
    await records.#load();
    return records;
  }

  all(): ProjectRecord[] {
    return [...this.#records.values()];
  }

  get(name: string): ProjectRecord | undefined {
    return this.#records.get(name);
  }

  /** Where the files of a project without a folder of its own are kept. */
  filesFolder(name: string): string {
    return path.join(this.#root, name, "project");
  }

  /** Writes a project's own files, replacing what was there. */
  async writeFiles(name: string, files: ReadonlyMap<string, string | Uint8Array>): Promise<void> {
    const folder = this.filesFolder(name);
    await rm(folder, { recursive: true, force: true });
    for (const [relative, content] of files) {
      const file = path.resolve(folder, relative);
      if (path.relative(folder, file).startsWith("..") || file === folder) {
        throw new BerthError({
          code: "invalid_file_name",
          message: `"${relative}" is no name of a file inside of a project.`,
          hint: "Use names relative to the project's folder.",
        });
      }
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await writeFileAtomically(file, content);
    }
  }

  async put(record: NewRecord): Promise<ProjectRecord> {
    const whole = recordSchema.parse(record);
    const file = path.join(this.#root, whole.name, RECORD);
    try {
      await writeFileAtomically(file, `${JSON.stringify(whole, null, 2)}\n`);
    } catch (cause) {
      throw new BerthError({
        code: "app_not_saved",
        message: `The app could not be noted in ${file}.`,
        hint: "Check that the disk has space and that the folder is yours, then try again.",
        cause,
      });
    }
    this.#records.set(whole.name, whole);
    this.#changed();
    return whole;
  }

  /** Changes parts of a record that is there. */
  async update(name: string, change: Partial<Omit<ProjectRecord, "version" | "name">>): Promise<void> {
    const record = this.#records.get(name);
    if (record) await this.put({ ...record, ...change });
  }

  async remove(name: string): Promise<void> {
    this.#records.delete(name);
    await rm(path.join(this.#root, name), { recursive: true, force: true });
    this.#changed();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #load(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#root)) {
      try {
        const record = recordSchema.parse(
          JSON.parse(await readFile(path.join(this.#root, name, RECORD), "utf8")),
        );
        if (record.name === name) this.#records.set(name, record);
      } catch (error) {
        // One damaged record shall not hide the other apps; its folder is left for a person to look at.
        this.#logger.warn("app record not readable", { name, error });
      }
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
