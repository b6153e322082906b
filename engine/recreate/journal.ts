import { readFile } from "node:fs/promises";
import { z } from "zod";
import { systemCode, writeFileAtomically } from "../vm.ts";

const entrySchema = z.object({
  old: z.string(),
  name: z.string(),
  running: z.boolean(),
  paused: z.boolean(),
  /** `up`: the new one serves, the old one only has to go. */
  phase: z.enum(["replacing", "up"]),
});
export type Unfinished = z.infer<typeof entrySchema>;

/** Replacements under way, on disk, so that one that an end of the engine cuts short is finished later. */
export class RecreateJournal {
  readonly #file: string;
  #entries: Unfinished[] | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  async entries(): Promise<Unfinished[]> {
    this.#entries ??= await this.#read();
    return this.#entries;
  }

  async put(entry: Unfinished): Promise<void> {
    const others = (await this.entries()).filter(({ old }) => old !== entry.old);
    await this.#write([...others, entry]);
  }

  async remove(old: string): Promise<void> {
    await this.#write((await this.entries()).filter((entry) => entry.old !== old));
  }

  async #read(): Promise<Unfinished[]> {
    try {
      return z.array(entrySchema).parse(JSON.parse(await readFile(this.#file, "utf8")));
    } catch (error) {
      if (systemCode(error) === "ENOENT") return [];
      // A damaged journal names nothing that could be finished; the containers themselves are all there.
      return [];
    }
  }

  #write(entries: Unfinished[]): Promise<void> {
    this.#entries = entries;
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(() => writeFileAtomically(this.#file, JSON.stringify(entries)));
    return this.#writing;
  }
}
