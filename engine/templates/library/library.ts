import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import { setImmediate as nextMacrotask } from "node:timers/promises";
import type { TemplateDetail, TemplateList, TemplateOrigin, TemplateSummary } from "../../contract/index.ts";
import { nearest } from "../format/compose-shape.ts";
import { BerthError, systemCode } from "../../vm.ts";
import { byPopularity, TemplateIndex } from "../search/template-index.ts";
import {
  type BrokenFolder,
  explainBroken,
  findComposeFile,
  loadFolder,
  type LoadedTemplate,
} from "./load-folder.ts";
import { detailOf, fullId, summaryOf } from "./summary.ts";
import { readIcon } from "./icon.ts";
import type { Usage } from "./usage.ts";

/** A folder whose subfolders are templates. */
export interface LibraryRoot {
  dir: string;
  origin: TemplateOrigin;
  /** How many folders deep templates are looked for. */
  depth: number;
}

interface Cached {
  stamp: string;
  template: LoadedTemplate | BrokenFolder;
}

/** While somebody types, folders are not looked at for every key. */
const SEARCH_AGE_MS = 5000;
/** Folders of one root that are looked at. */
const MAX_FOLDERS = 5000;

/** All templates that are at hand. Folders are read when somebody asks, and again only after they changed. */
export class Library {
  readonly #roots: () => Promise<LibraryRoot[]>;
  readonly #usage: Usage;
  readonly #cache = new Map<string, Cached>();
  #index: { key: string; index: TemplateIndex } | null = null;
  #scanning: Promise<(LoadedTemplate | BrokenFolder)[]> | null = null;
  #scanned: { at: number; found: (LoadedTemplate | BrokenFolder)[] } | null = null;

  constructor(roots: () => Promise<LibraryRoot[]>, usage: Usage) {
    this.#roots = roots;
    this.#usage = usage;
  }

  async list(): Promise<TemplateList> {
    const { templates, broken } = await this.#read();
    const counts = new Map<string, number>();
    for (const { categories } of templates) {
      for (const category of new Set(categories)) counts.set(category, (counts.get(category) ?? 0) + 1);
    }
    return {
      templates: byPopularity(templates),
      categories: [...counts]
        .map(([name, count]) => ({ name, count }))
        .sort((left, right) => right.count - left.count || left.name.localeCompare(right.name, "en")),
      broken,
    };
  }

  async search(words: string, limit: number): Promise<TemplateSummary[]> {
    const { templates } = await this.#read(SEARCH_AGE_MS);
    const key = templates.map(({ id, runs, version }) => `${id} ${runs} ${version ?? ""}`).join("\n");
    if (this.#index?.key !== key) this.#index = { key, index: new TemplateIndex(templates) };
    return this.#index.index.search(words, limit);
  }

  async show(id: string): Promise<TemplateDetail> {
    const template = await this.find(id);
    return detailOf(template, await this.#usage.of(fullId(template)));
  }

  /** A template's icon as a data address; null where it has none that may be shown. */
  async icon(id: string): Promise<string | null> {
    const { dir, iconFile } = await this.find(id, SEARCH_AGE_MS);
    return iconFile === null ? null : readIcon(dir, iconFile);
  }

  /** The template of an id: the user's own before those that came with Berth, before those of repositories. */
  async find(id: string, maxAgeMs = 0): Promise<LoadedTemplate> {
    const found = (await this.#scan(maxAgeMs)).filter((one): one is LoadedTemplate => "metadata" in one);
    const exact = found.find((template) => fullId(template) === id);
    if (exact !== undefined) return exact;
    const inRepositories = found.filter((template) => template.metadata.id === id);
    const [only, ...more] = inRepositories;
    if (only !== undefined && more.length === 0) return only;
    const near = nearest(id, found.map(fullId));
    throw new BerthError({
      code: "no_such_template",
      message:
        only === undefined
          ? `There is no template "${id}".`
          : `Several repositories have a template "${id}": ${inRepositories.map(fullId).join(", ")}.`,
      hint:
        only !== undefined
          ? "Name the repository, too."
          : near === null
            ? "List what there is: berth template list."
            : `Did you mean "${near}"?`,
    });
  }

  /** Makes the next look at the folders a new one. */
  changed(): void {
    this.#scanned = null;
  }

  async #read(maxAgeMs = 0): Promise<{ templates: TemplateSummary[]; broken: BrokenFolder[] }> {
    const [all, usage] = await Promise.all([this.#scan(maxAgeMs), this.#usage.all()]);
    const loaded = all.filter((one): one is LoadedTemplate => "metadata" in one);
    return {
      templates: loaded.map((template) => summaryOf(template, usage[fullId(template)] ?? 0)),
      broken: all.filter((one): one is BrokenFolder => !("metadata" in one)),
    };
  }

  /** Everybody who asks meanwhile shares one look at the folders. */
  #scan(maxAgeMs = 0): Promise<(LoadedTemplate | BrokenFolder)[]> {
    const last = this.#scanned;
    if (last !== null && performance.now() - last.at < maxAgeMs) return Promise.resolve(last.found);
    this.#scanning ??= this.#scanNow()
      .then((found) => {
        this.#scanned = { at: performance.now(), found };
        return found;
      })
      .finally(() => (this.#scanning = null));
    return this.#scanning;
  }

  async #scanNow(): Promise<(LoadedTemplate | BrokenFolder)[]> {
    const result: (LoadedTemplate | BrokenFolder)[] = [];
    const seen = new Set<string>();
    const ids = new Set<string>();
    for (const root of await this.#roots()) {
      for (const dir of await templateFolders(root.dir, root.depth)) {
        seen.add(dir);
        const template = await this.#cached(dir, root.origin);
        if ("metadata" in template) {
          // One's own template stands before a built-in one of the same name.
          if (ids.has(fullId(template))) continue;
          ids.add(fullId(template));
        }
        result.push(template);
      }
    }
    for (const dir of this.#cache.keys()) if (!seen.has(dir)) this.#cache.delete(dir);
    return result;
  }

  async #cached(dir: string, origin: TemplateOrigin): Promise<LoadedTemplate | BrokenFolder> {
    const stamp = await stampOf(dir);
    const known = this.#cache.get(dir);
    if (known?.stamp === stamp) return known.template;
    // Thousands of files are read one after another; others get their turn in between.
    await nextMacrotask();
    const template = await loadFolder(dir, origin).catch((error: unknown): BrokenFolder => ({
      dir,
      origin,
      message: explainBroken(error),
    }));
    this.#cache.set(dir, { stamp, template });
    return template;
  }
}

/** What changes when a template's folder or its Compose file does. */
async function stampOf(dir: string): Promise<string> {
  const name = await findComposeFile(dir);
  const [file, folder] = await Promise.all([
    lstat(path.join(dir, name ?? "")).catch(() => null),
    lstat(dir).catch(() => null),
  ]);
  return `${file?.mtimeMs ?? 0} ${file?.size ?? 0} ${file?.ino ?? 0} ${folder?.mtimeMs ?? 0}`;
}

/** Folders below a root that hold a Compose file; links are not followed. */
async function templateFolders(root: string, depth: number): Promise<string[]> {
  const found: string[] = [];
  const visit = async (dir: string, left: number): Promise<void> => {
    let entries;
    try {
      entries = await readdir(dir, { withFileTypes: true });
    } catch (error) {
      if (systemCode(error) === "ENOENT" || systemCode(error) === "EACCES") return;
      throw error;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!entry.isDirectory() || entry.name.startsWith(".") || found.length >= MAX_FOLDERS) continue;
      const folder = path.join(dir, entry.name);
      if ((await findComposeFile(folder)) !== null) found.push(folder);
      else if (left > 1) await visit(folder, left - 1);
    }
  };
  await visit(root, depth);
  return found;
}
