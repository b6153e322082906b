import path from "node:path";
import { z } from "zod";
import type { ComposeProblem } from "../contract/index.ts";
import { ComposeDocument, variablesOf } from "./compose-document.ts";
import { readProjectText } from "./project-folder.ts";

const paths = z.union([z.string().transform((one) => [one]), z.array(z.string())]).catch([]);
const envFiles = z
  .union([
    z.string().transform((one) => [one]),
    z.array(z.union([z.string(), z.object({ path: z.string() }).transform((entry) => entry.path)])),
  ])
  .catch([]);
const include = z
  .array(
    z.union([
      z
        .string()
        .transform((one) => ({ path: [one], project_directory: undefined, env_file: [] as string[] })),
      z.object({ path: paths, project_directory: z.string().optional(), env_file: envFiles.optional() }),
    ]),
  )
  .catch([]);
/** The parts of a Compose file that name further files which Compose reads. */
const referencesSchema = z
  .object({
    include: include.optional(),
    services: z
      .record(
        z.string(),
        z
          .object({
            env_file: envFiles.optional(),
            extends: z.object({ file: z.string().optional() }).catch({}).optional(),
          })
          .catch({}),
      )
      .catch({})
      .optional(),
  })
  .catch({});
const servicesSchema = z.object({ services: z.record(z.string(), z.unknown()) });

/** A project as its files say it, before Compose has seen it. */
export interface Definition {
  /** Every file that Compose itself reads, by absolute path. */
  texts: Map<string, string>;
  /** The main files, as documents with places. */
  documents: ComposeDocument[];
  services: string[];
  variables: string[];
  problems: ComposeProblem[];
}

/**
 * Reads Compose files and all that they refer to: `.env`, `env_file`, `extends`, `include`. `texts` stand in for
 * files that are not on disk, or not yet so.
 */
export async function readDefinition(
  folder: string,
  files: readonly string[],
  texts: ReadonlyMap<string, string> = new Map(),
): Promise<Definition> {
  const reader = new DefinitionReader(texts);
  await reader.plain(path.join(folder, ".env"));
  const documents: ComposeDocument[] = [];
  for (const file of files) {
    const document = await reader.compose(file, folder);
    if (document) documents.push(document);
  }
  const all = [...reader.read.values()].join("\n");
  return {
    texts: reader.read,
    documents,
    services: [...new Set(documents.flatMap(servicesOf))].sort(),
    variables: variablesOf(all),
    problems: reader.problems,
  };
}

class DefinitionReader {
  readonly read = new Map<string, string>();
  readonly problems: ComposeProblem[] = [];
  readonly #given: ReadonlyMap<string, string>;

  constructor(given: ReadonlyMap<string, string>) {
    this.#given = given;
  }

  /** Reads a file for Compose to find; one that is missing is for Compose to complain of. */
  async plain(file: string): Promise<string | null> {
    const known = this.read.get(file);
    if (known !== undefined) return known;
    const text = this.#given.get(file) ?? (await readProjectText(file));
    if (text !== null) this.read.set(file, text);
    return text;
  }

  async compose(file: string, projectFolder: string): Promise<ComposeDocument | null> {
    if (this.read.has(file)) return null;
    const text = await this.plain(file);
    if (text === null) return null;
    const document = new ComposeDocument(file, text);
    this.problems.push(...document.problems);
    const references = referencesSchema.parse(document.value ?? {});
    const at = (name: string) => path.resolve(projectFolder, withoutVariables(name));
    for (const service of Object.values(references.services ?? {})) {
      for (const name of service.env_file ?? []) await this.plain(at(name));
      const base = service.extends?.file;
      if (base !== undefined) await this.compose(at(base), path.dirname(at(base)));
    }
    for (const entry of references.include ?? []) {
      const [first] = entry.path;
      if (first === undefined || /^[a-z+]+:\/\/|^git@/.test(first)) continue;
      const inner =
        entry.project_directory === undefined ? path.dirname(at(first)) : at(entry.project_directory);
      await this.plain(path.join(inner, ".env"));
      for (const name of entry.env_file ?? []) await this.plain(at(name));
      for (const name of entry.path) await this.compose(at(name), inner);
    }
    return document;
  }
}

function servicesOf(document: ComposeDocument): string[] {
  const parsed = servicesSchema.safeParse(document.value);
  return parsed.success ? Object.keys(parsed.data.services) : [];
}

/** Paths rarely hold variables; where one has a default, that is the likeliest file. */
function withoutVariables(text: string): string {
  return text.replace(/\$\{[A-Za-z_]\w*:?-([^}]*)\}/g, "$1");
}
