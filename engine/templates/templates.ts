import { rm } from "node:fs/promises";
import path from "node:path";
import type {
  ContainerSummary,
  ExportedTemplate,
  ImportedTemplate,
  PublishedTemplate,
  RepositoryUpdate,
  TemplateCheck,
  TemplateRepository,
  TemplateValidation,
} from "../contract/index.ts";
import { BerthError, type Logger } from "../vm.ts";
import type { SecretStore } from "../secrets/index.ts";
import { exportContainers, type ExportHost } from "./export/export.ts";
import { MAX_COLLECTION_BYTES, readTemplateText } from "./format/read-file.ts";
import { TemplateProblem } from "./format/problems.ts";
import { validateTemplate } from "./format/validate.ts";
import { siblingText } from "./import/compose/companions.ts";
import { type ImportSource, importTemplates, readImportSource } from "./import/import.ts";
import { networkFetcher } from "./import/portainer/fetch-stack.ts";
import { writeTemplate } from "./import/write.ts";
import { checkText, type SavedText, saveNew, saveOver } from "./library/edit.ts";
import { Library } from "./library/library.ts";
import { findComposeFile, type LoadedTemplate } from "./library/load-folder.ts";
import { fullId } from "./library/summary.ts";
import { OwnValues } from "./library/own-values.ts";
import { Usage } from "./library/usage.ts";
import { publishTemplate } from "./repositories/publish.ts";
import { type AddRepository, Repositories } from "./repositories/repositories.ts";

export interface TemplatesHost {
  home: string;
  /** Folder of the templates that came with Berth. */
  builtIn: string;
  secrets: SecretStore;
  logger: Logger;
}

/** Templates: what there is, and how files of others become some. Nothing here needs the VM. */
export class Templates {
  readonly library: Library;
  readonly usage: Usage;
  readonly values: OwnValues;
  readonly repositories: Repositories;
  /** Folder of one's own templates. */
  readonly own: string;

  constructor(host: TemplatesHost) {
    const folder = path.join(host.home, "templates");
    this.own = path.join(folder, "own");
    this.usage = new Usage(path.join(folder, "usage.json"));
    this.values = new OwnValues(host.secrets);
    const counted = async (name: string) =>
      (await this.library.list()).templates.filter(
        ({ origin }) => origin.kind === "repository" && origin.repository === name,
      ).length;
    this.repositories = new Repositories(
      path.join(folder, "repositories"),
      host.secrets,
      host.logger,
      counted,
    );
    this.library = new Library(
      async () => [
        { dir: this.own, origin: { kind: "own" }, depth: 1 },
        { dir: host.builtIn, origin: { kind: "built-in" }, depth: 1 },
        ...(await this.repositories.roots()),
      ],
      this.usage,
    );
  }

  /** Checks a template's Compose file, or the one in a folder. */
  async validate(file: string): Promise<TemplateValidation> {
    const main = await findComposeFile(file).catch(() => null);
    const target = main === null ? file : path.join(file, main);
    const folder = path.dirname(target);
    try {
      const text = await readTemplateText(target);
      const named = main === null && !/compose\.ya?ml$/.test(path.basename(target)) ? {} : { folder };
      return await validateTemplate(text, target, {
        read: (relative) => siblingText(folder, relative),
        ...named,
      });
    } catch (error) {
      if (!(error instanceof TemplateProblem)) throw error;
      return { valid: false, file: target, id: null, findings: error.findings };
    }
  }

  /**
   * Imports a file of others. With `out`, its templates become folders there, and their original values files
   * beside them; without, they become one's own templates, and values go to the keychain.
   */
  async import(
    from: { path: string } | { name: string; text: string },
    out: string | null,
  ): Promise<{ templates: ImportedTemplate[]; collection: boolean }> {
    const source = "path" in from ? await readImportSource(from.path) : checkedText(from);
    const fetcher = networkFetcher();
    try {
      const { templates, drafts, collection } = await importTemplates(source, out ?? this.own, {
        fetcher,
        values: out !== null,
        remove: (written) => this.#take(written),
      });
      if (out === null) {
        for (const [index, template] of templates.entries()) {
          const values = drafts[index]?.values ?? new Map<string, string>();
          if (values.size === 0 || (await this.values.keep(template.id, values))) continue;
          for (const name of values.keys()) {
            template.warnings.push({
              service: null,
              field: name,
              message: `The value of ${name} was not kept, because this computer has no keychain for Berth; a run asks for it or makes a new one.`,
            });
          }
        }
      }
      this.library.changed();
      return { templates, collection };
    } finally {
      await fetcher.close();
    }
  }

  check(text: string): Promise<TemplateCheck> {
    return checkText(text);
  }

  /** Writes one of one's own templates. */
  async save(wanted: { id?: string | undefined } & SavedText): Promise<{ id: string; dir: string }> {
    const saved =
      wanted.id === undefined
        ? await saveNew(this.own, wanted)
        : await saveOver(await this.#requireOwn(wanted.id), wanted);
    this.library.changed();
    return saved;
  }

  /** Removes one of one's own templates. */
  async remove(id: string): Promise<void> {
    const template = await this.#requireOwn(id);
    await rm(template.dir, { recursive: true, force: true });
    await this.values.forget(id);
    this.library.changed();
  }

  async #requireOwn(id: string): Promise<LoadedTemplate> {
    const template = await this.library.find(id);
    if (template.origin.kind !== "own") {
      throw new BerthError({
        code: "not_own_template",
        message: `The template "${id}" is not one of your own.`,
        hint:
          template.origin.kind === "repository"
            ? "Remove its repository instead."
            : "It came with Berth and stays.",
      });
    }
    return template;
  }

  /** Makes a template of containers, into one's own templates or as a folder of `out`. */
  async export(
    containers: readonly ContainerSummary[],
    options: { app: string | null; title?: string | undefined },
    host: ExportHost,
    out: string | null,
  ): Promise<ExportedTemplate> {
    const { draft, secrets } = await exportContainers(containers, options, host);
    // An export is made to be given away: no file with values is written beside it.
    const written = await writeTemplate(out ?? this.own, draft, { values: false });
    if (out === null && draft.values.size > 0) await this.values.keep(written.id, draft.values);
    this.library.changed();
    return { ...written, secrets };
  }

  /** Notes that a template was run. */
  async ran(template: LoadedTemplate): Promise<void> {
    await this.usage.add(fullId(template));
  }

  async addRepository(wanted: AddRepository): Promise<TemplateRepository> {
    const added = await this.repositories.add(wanted);
    this.library.changed();
    return added;
  }

  async updateRepository(name: string, apply: boolean): Promise<RepositoryUpdate> {
    const update = await this.repositories.update(name, apply);
    if (update.applied) this.library.changed();
    return update;
  }

  async removeRepository(name: string): Promise<void> {
    await this.repositories.remove(name);
    this.library.changed();
  }

  /** Commits a template to a branch of a repository and pushes it. */
  async publish(request: {
    template: { dir: string } | { id: string };
    repository: string;
    branch?: string | undefined;
    message?: string | undefined;
    author?: { name: string; email: string } | undefined;
  }): Promise<PublishedTemplate> {
    const { template, repository, ...rest } = request;
    const dir = "dir" in template ? template.dir : (await this.library.find(template.id)).dir;
    const url = await this.repositories.addressOf(repository);
    return publishTemplate({ ...rest, dir, url }, await this.repositories.accessOf(url));
  }

  async #take(written: ImportedTemplate): Promise<void> {
    await rm(written.dir, { recursive: true, force: true });
    if (written.valuesFile !== null) await rm(written.valuesFile, { force: true });
  }
}

function checkedText({ name, text }: { name: string; text: string }): ImportSource {
  if (text.length <= MAX_COLLECTION_BYTES) return { text, name: path.basename(name), folder: null };
  throw new BerthError({
    code: "file_too_large",
    message: "The text is too large for a template.",
    hint: "Choose another.",
  });
}
