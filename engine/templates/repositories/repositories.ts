import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { RepositoryUpdate, TemplateRepository } from "../../contract/index.ts";
import type { SecretStore } from "../../secrets/index.ts";
import { BerthError, type Logger } from "../../vm.ts";
import type { LibraryRoot } from "../library/library.ts";
import { checkedAddress, nameFromAddress } from "./address.ts";
import { Checkout } from "./checkout.ts";
import type { GitOptions } from "./git.ts";
import { type RepositoryRecord, RepositoryRecords } from "./records.ts";

export interface AddRepository {
  url: string;
  name?: string | undefined;
  branch?: string | undefined;
  /** For private repositories over https; kept in the keychain. */
  token?: { username: string; token: string } | undefined;
}

/** How many folders deep a repository's templates are looked for. */
const DEPTH = 4;

/** Template repositories: git clones, each used at one commit that only `update` changes. */
export class Repositories {
  readonly #folder: string;
  readonly #records: RepositoryRecords;
  readonly #secrets: SecretStore;
  readonly #logger: Logger;
  readonly #count: (name: string) => Promise<number>;

  /** @param count how many usable templates a repository has */
  constructor(
    folder: string,
    secrets: SecretStore,
    logger: Logger,
    count: (name: string) => Promise<number>,
  ) {
    this.#folder = folder;
    this.#records = new RepositoryRecords(path.join(folder, "repositories.json"));
    this.#secrets = secrets;
    this.#logger = logger;
    this.#count = count;
  }

  /** The folders of all repositories; a damaged list hides them and nothing else. */
  async roots(): Promise<LibraryRoot[]> {
    const records = await this.#records.all().catch((error: unknown): RepositoryRecord[] => {
      this.#logger.warn("template repositories not readable", { error });
      return [];
    });
    return records.map(({ name }) => ({
      dir: new Checkout(this.#dir(name)).files,
      origin: { kind: "repository", repository: name },
      depth: DEPTH,
    }));
  }

  async list(): Promise<TemplateRepository[]> {
    const records = await this.#records.all();
    return Promise.all(records.map((record) => this.#describe(record)));
  }

  async add(wanted: AddRepository): Promise<TemplateRepository> {
    const url = checkedAddress(wanted.url);
    const branch = wanted.branch === undefined ? null : checkedBranch(wanted.branch);
    const known = await this.#records.all();
    const name = freeName(wanted.name ?? nameFromAddress(url), wanted.name !== undefined, known);
    if (known.some((record) => record.url === url && record.branch === branch)) {
      throw new BerthError({
        code: "repository_known",
        message: `The repository ${url} was added before.`,
        hint: "Update it instead: berth template repo update.",
      });
    }
    const staging = path.join(this.#folder, `.adding-${randomUUID()}`);
    try {
      const credentials = wanted.token === undefined ? undefined : { url, ...wanted.token };
      const commit = await new Checkout(staging, { credentials }).clone(url, branch);
      if (wanted.token !== undefined) {
        await this.#secrets.store(tokenKey(name), {
          username: wanted.token.username,
          secret: wanted.token.token,
        });
      }
      await mkdir(this.#folder, { recursive: true });
      await rm(this.#dir(name), { recursive: true, force: true });
      await rename(staging, this.#dir(name));
      const record: RepositoryRecord = {
        name,
        url,
        branch,
        commit,
        updatedAt: new Date().toISOString(),
        private: wanted.token !== undefined,
        problem: null,
      };
      await this.#records.put(record);
      return await this.#describe(record);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }

  /** Looks for what is new, and uses it where `apply` says so. A repository that fails stays as it is. */
  async update(name: string, apply: boolean): Promise<RepositoryUpdate> {
    const record = await this.#records.get(name);
    const nothing = {
      name,
      from: record.commit,
      to: record.commit,
      rewritten: false,
      added: [],
      removed: [],
      changed: [],
      diff: "",
    };
    try {
      const checkout = new Checkout(this.#dir(name), await this.#access(record));
      const to = await checkout.fetch(record.url, record.branch);
      const { files, text } = await checkout.diff(record.commit, to);
      const rewritten = !(await checkout.isAncestor(record.commit, to));
      if (apply && to !== record.commit) await checkout.use(to);
      const commit = apply ? to : record.commit;
      await this.#records.put({
        ...record,
        commit,
        problem: null,
        updatedAt: apply ? new Date().toISOString() : record.updatedAt,
      });
      const of = (status: string) =>
        files.filter((file) => file.status.startsWith(status)).map((file) => file.path);
      return {
        ...nothing,
        to,
        rewritten,
        added: of("A"),
        removed: of("D"),
        changed: of("M"),
        diff: text,
        applied: apply,
        problem: null,
      };
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      await this.#records.put({ ...record, problem: error.message });
      return { ...nothing, applied: false, problem: error.message };
    }
  }

  async remove(name: string): Promise<void> {
    const record = await this.#records.get(name);
    await this.#records.remove(record.name);
    await rm(this.#dir(record.name), { recursive: true, force: true });
    if (record.private) await this.#secrets.erase(tokenKey(record.name)).catch(() => undefined);
  }

  async names(): Promise<string[]> {
    return (await this.#records.all()).map(({ name }) => name);
  }

  /** What git needs to reach an address: the token of the repository with that address, where there is one. */
  async accessOf(url: string): Promise<Pick<GitOptions, "credentials">> {
    const record = (await this.#records.all()).find((one) => one.url === url && one.private);
    return record === undefined ? {} : this.#access(record);
  }

  /** The address of a repository that is named, or the address itself. */
  async addressOf(nameOrUrl: string): Promise<string> {
    const record = (await this.#records.all()).find((one) => one.name === nameOrUrl);
    return record?.url ?? checkedAddress(nameOrUrl);
  }

  async #access(record: RepositoryRecord): Promise<Pick<GitOptions, "credentials">> {
    if (!record.private) return {};
    const found = await this.#secrets.get(tokenKey(record.name));
    if (found === null) return {};
    return { credentials: { url: record.url, username: found.username, token: found.secret } };
  }

  async #describe(record: RepositoryRecord): Promise<TemplateRepository> {
    return { ...record, templates: await this.#count(record.name) };
  }

  #dir(name: string): string {
    return path.join(this.#folder, name);
  }
}

export function checkedBranch(branch: string): string {
  if (/^[A-Za-z0-9][\w./-]{0,200}$/.test(branch) && !branch.includes("..")) return branch;
  throw new BerthError({
    code: "bad_branch",
    message: `"${branch}" is not a branch's name.`,
    hint: "Use a name such as main.",
  });
}

function freeName(wanted: string, given: boolean, known: RepositoryRecord[]): string {
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(wanted) || wanted.length > 60) {
    throw new BerthError({
      code: "bad_repository_name",
      message: `"${wanted}" cannot be a repository's name.`,
      hint: "Use lower-case letters, digits and single dashes.",
    });
  }
  const taken = (name: string) => known.some((record) => record.name === name);
  if (given && taken(wanted)) {
    throw new BerthError({
      code: "repository_name_taken",
      message: `There is a repository "${wanted}" already.`,
      hint: "Choose another name with --name.",
    });
  }
  let name = wanted;
  for (let count = 2; taken(name); count += 1) name = `${wanted}-${count}`;
  return name;
}

function tokenKey(name: string): string {
  return `berth://template-repositories/${name}`;
}
