import { readFile } from "node:fs/promises";
import { z } from "zod";
import { BerthError, systemCode, writeFileAtomically } from "../../vm.ts";

const recordSchema = z.object({
  name: z.string(),
  url: z.string(),
  branch: z.string().nullable(),
  commit: z.string(),
  updatedAt: z.iso.datetime(),
  private: z.boolean(),
  problem: z.string().nullable(),
});
const fileSchema = z.object({ repositories: z.array(recordSchema) });

export type RepositoryRecord = z.infer<typeof recordSchema>;

/** The repositories of a home, in one file; who gets its lock changes it alone. */
export class RepositoryRecords {
  readonly #file: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  async all(): Promise<RepositoryRecord[]> {
    let text: string;
    try {
      text = await readFile(this.#file, "utf8");
    } catch (error) {
      if (systemCode(error) === "ENOENT") return [];
      throw error;
    }
    try {
      return fileSchema.parse(JSON.parse(text)).repositories;
    } catch (cause) {
      throw new BerthError({
        code: "repositories_damaged",
        message: `The list of template repositories, ${this.#file}, is damaged.`,
        hint: "Remove the file and add the repositories again.",
        cause,
      });
    }
  }

  async get(name: string): Promise<RepositoryRecord> {
    const found = (await this.all()).find((record) => record.name === name);
    if (found !== undefined) return found;
    throw new BerthError({
      code: "no_such_repository",
      message: `There is no template repository "${name}".`,
      hint: "List them: berth template repo list.",
    });
  }

  put(record: RepositoryRecord): Promise<void> {
    return this.#change((all) => [...all.filter(({ name }) => name !== record.name), record]);
  }

  remove(name: string): Promise<void> {
    return this.#change((all) => all.filter((record) => record.name !== name));
  }

  #change(change: (all: RepositoryRecord[]) => RepositoryRecord[]): Promise<void> {
    const done = this.#last.then(async () => {
      const repositories = change(await this.all());
      await writeFileAtomically(this.#file, `${JSON.stringify({ repositories }, null, 2)}\n`);
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
