import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeFileAtomically } from "../../vm.ts";

const usageSchema = z.record(z.string(), z.int().nonnegative());

/** How often templates were run here, kept in one small file; a damaged one begins anew. */
export class Usage {
  readonly #file: string;
  #counts: Promise<Record<string, number>> | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  async of(id: string): Promise<number> {
    return (await this.#read())[id] ?? 0;
  }

  async all(): Promise<Readonly<Record<string, number>>> {
    return this.#read();
  }

  async add(id: string): Promise<void> {
    const counts = { ...(await this.#read()) };
    counts[id] = (counts[id] ?? 0) + 1;
    this.#counts = Promise.resolve(counts);
    await writeFileAtomically(this.#file, `${JSON.stringify(counts, null, 2)}\n`);
  }

  #read(): Promise<Record<string, number>> {
    this.#counts ??= readFile(this.#file, "utf8")
      .then((text) => usageSchema.parse(JSON.parse(text)))
      .catch(() => ({}));
    return this.#counts;
  }
}
