import path from "node:path";
import { parseYaml, onlyDocument, plainData, type YamlFile } from "../format/yaml-file.ts";
import { interpolate } from "../format/interpolation.ts";
import { fileProblem, TemplateProblem } from "../format/problems.ts";
import { type Data, dataOf, isData, listOf, mapTexts, textOf, textsOf, withoutKey } from "./data.ts";
import { mergeOver } from "./merge.ts";

/** Reads a file of the template by its path relative to the folder; null where it is not there. */
export type ReadSibling = (relative: string) => Promise<string | null>;

export interface Project {
  /** Services with `extends` and `include` followed and variables put in as far as they are known. */
  services: Map<string, Data>;
  networks: Data;
  volumes: Data;
  configs: Data;
  secrets: Data;
  /** Files that were read besides the first, relative to the folder. */
  parts: string[];
  /** Files and addresses that could not be followed. */
  missing: string[];
}

export interface ProjectOptions {
  /** Values of variables; unknown ones take the default that is written at their use. */
  lookup?: (name: string) => string | undefined;
  read?: ReadSibling;
}

const MAX_FILES = 50;

/** The project that a Compose file describes. Throws a TemplateProblem for files that cannot be read. */
export async function readProject(
  text: string,
  name: string,
  options: ProjectOptions = {},
): Promise<Project> {
  return new Reader(options).read(parseYaml(text, name));
}

/** The project of a file that was parsed before. */
export async function projectOf(file: YamlFile, options: ProjectOptions = {}): Promise<Project> {
  return new Reader(options).read(file);
}

class Reader {
  readonly #lookup: (name: string) => string | undefined;
  readonly #read: ReadSibling;
  readonly #files = new Map<string, Promise<Data | null>>();
  readonly #project: Project = {
    services: new Map(),
    networks: {},
    volumes: {},
    configs: {},
    secrets: {},
    parts: [],
    missing: [],
  };

  constructor({ lookup = () => undefined, read = () => Promise.resolve(null) }: ProjectOptions) {
    this.#lookup = lookup;
    this.#read = read;
  }

  async read(file: YamlFile): Promise<Project> {
    await this.#take(this.#data(file), "", file.name);
    return this.#project;
  }

  #data(file: YamlFile): Data {
    const document = onlyDocument(file);
    const data = document === null ? {} : dataOf(plainData(document));
    return dataOf(mapTexts(data, (text) => interpolate(text, this.#lookup)));
  }

  /** Adds what a file describes; paths in it are relative to `folder`. */
  async #take(data: Data, folder: string, self: string): Promise<void> {
    for (const entry of listOf(data["include"])) await this.#include(entry, folder);
    const services = dataOf(data["services"]);
    for (const [name, service] of Object.entries(services)) {
      const merged = await this.#extended(dataOf(service), data, folder, [`${self}#${name}`]);
      const known = this.#project.services.get(name);
      this.#project.services.set(name, known === undefined ? merged : mergeOver(known, merged));
    }
    for (const kind of ["networks", "volumes", "configs", "secrets"] as const) {
      Object.assign(this.#project[kind], dataOf(data[kind]));
    }
  }

  async #include(entry: unknown, folder: string): Promise<void> {
    const paths = isData(entry) ? textsOf(entry["path"]) : textsOf(entry);
    for (const relative of paths) {
      const file = isRemote(relative) ? relative : path.posix.join(folder, relative);
      if (this.#project.parts.includes(file)) continue;
      const data = await this.#load(file);
      if (data === null) continue;
      const project = isData(entry) ? textOf(entry["project_directory"]) : null;
      await this.#take(
        data,
        project === null ? path.posix.dirname(file) : path.posix.join(folder, project),
        file,
      );
    }
  }

  /** The service with everything that it extends below it. */
  async #extended(service: Data, file: Data, folder: string, chain: string[]): Promise<Data> {
    const from = service["extends"];
    if (from === undefined || from === null) return service;
    const baseName = isData(from) ? textOf(from["service"]) : textOf(from);
    const baseFile = isData(from) ? textOf(from["file"]) : null;
    const own = withoutKey(service, "extends");
    if (baseName === null) return own;
    const location = baseFile === null || isRemote(baseFile) ? baseFile : path.posix.join(folder, baseFile);
    const link = `${location ?? (chain.at(-1) ?? "").split("#")[0] ?? ""}#${baseName}`;
    if (chain.includes(link)) {
      throw fileProblem(link.split("#")[0] ?? "", {
        code: "extends_cycle",
        message: `The service "${baseName}" extends itself.`,
        fix: "Remove one of the extends.",
      });
    }
    const data = location === null ? file : await this.#load(location);
    const base = dataOf(data?.["services"])[baseName];
    if (!isData(base)) {
      if (data !== null) this.#project.missing.push(`the service "${baseName}" that another extends`);
      return own;
    }
    const below = await this.#extended(
      base,
      data ?? {},
      location === null ? folder : path.posix.dirname(location),
      [...chain, link],
    );
    return mergeOver(below, own);
  }

  #load(file: string): Promise<Data | null> {
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    const loading = this.#loadNew(file);
    this.#files.set(file, loading);
    return loading;
  }

  async #loadNew(file: string): Promise<Data | null> {
    const text = isRemote(file) || this.#files.size >= MAX_FILES ? null : await this.#read(file);
    if (text === null) {
      this.#project.missing.push(file);
      return null;
    }
    this.#project.parts.push(file);
    try {
      return this.#data(parseYaml(text, file));
    } catch (error) {
      if (error instanceof TemplateProblem) throw error;
      throw fileProblem(
        file,
        { code: "yaml_syntax", message: "The file cannot be read.", fix: "Check it." },
        error,
      );
    }
  }
}

/** Whether Compose would fetch the file from somewhere else. */
function isRemote(reference: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|oci:)|\.git(?:#|$)/i.test(reference);
}
