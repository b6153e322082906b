import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { BerthError } from "../../vm.ts";
import { git, type GitOptions } from "./git.ts";

/** Bytes that a repository's history and files may take. */
const MAX_BYTES = 200 * 1024 * 1024;
const MAX_FILES = 20_000;
const CLONE_TIMEOUT_MS = 10 * 60_000;
/** Characters of a diff that are shown. */
const MAX_DIFF = 200_000;

/** A repository's bare clone and the files of the commit in use, `<folder>/git` and `<folder>/files`. */
export class Checkout {
  readonly #folder: string;
  readonly #options: Pick<GitOptions, "credentials" | "signal">;

  constructor(folder: string, options: Pick<GitOptions, "credentials" | "signal"> = {}) {
    this.#folder = folder;
    this.#options = options;
  }

  get files(): string {
    return path.join(this.#folder, "files");
  }

  /** Clones into the folder, which must not be there yet; answers the commit. */
  async clone(url: string, branch: string | null): Promise<string> {
    await mkdir(this.#folder, { recursive: true });
    await git(
      [
        ...["clone", "--bare", "--no-tags", "--single-branch", "--template="],
        ...(branch === null ? [] : ["--branch", branch]),
        "--",
        url,
        path.join(this.#folder, "git"),
      ],
      { ...this.#options, timeoutMs: CLONE_TIMEOUT_MS, watch: () => this.#checkSize() },
    );
    await this.#checkSize();
    const commit = await this.#commitOf("HEAD");
    await this.use(commit);
    return commit;
  }

  /** Fetches what is new; answers the newest commit. Nothing in use changes. */
  async fetch(url: string, branch: string | null): Promise<string> {
    const wanted = branch ?? "HEAD";
    await this.#git(["fetch", "--no-tags", "--force", "--", url, `${wanted}:refs/berth/next`], {
      timeoutMs: CLONE_TIMEOUT_MS,
      watch: () => this.#checkSize(),
    });
    return this.#commitOf("refs/berth/next");
  }

  /** Puts the files of a commit in the place of those in use, whole or not at all. */
  async use(commit: string): Promise<void> {
    await this.#checkTree(commit);
    const fresh = path.join(this.#folder, `files-${randomUUID()}`);
    const old = path.join(this.#folder, `old-${randomUUID()}`);
    try {
      await mkdir(fresh);
      await this.#git(["--work-tree", fresh, "checkout", "--force", commit, "--", "."], {});
      await rename(this.files, old).catch(() => undefined);
      await rename(fresh, this.files);
    } finally {
      await rm(fresh, { recursive: true, force: true });
      await rm(old, { recursive: true, force: true });
      // The index names the files of a work tree that is elsewhere by now.
      await rm(path.join(this.#folder, "git", "index"), { force: true });
    }
  }

  async isAncestor(older: string, newer: string): Promise<boolean> {
    const { exitCode } = await this.#git(["merge-base", "--is-ancestor", older, newer], { accept: [1, 128] });
    return exitCode === 0;
  }

  async diff(from: string, to: string): Promise<{ files: { status: string; path: string }[]; text: string }> {
    const names = await this.#git(["diff", "--name-status", "--no-renames", "-z", from, to, "--"], {});
    const fields = names.stdout.split("\0");
    const files: { status: string; path: string }[] = [];
    for (let at = 0; at + 1 < fields.length; at += 2) {
      files.push({ status: fields[at] ?? "", path: fields[at + 1] ?? "" });
    }
    const shown = await this.#git(
      ["diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", from, to, "--"],
      {},
    );
    const text = shown.stdout.length > MAX_DIFF ? `${shown.stdout.slice(0, MAX_DIFF)}\n…\n` : shown.stdout;
    return { files, text };
  }

  async #commitOf(reference: string): Promise<string> {
    const { stdout } = await this.#git(["rev-parse", "--verify", `${reference}^{commit}`], {});
    return stdout.trim();
  }

  #git(args: string[], options: GitOptions) {
    return git(["--git-dir", path.join(this.#folder, "git"), ...args], { ...this.#options, ...options });
  }

  /** Refuses links, submodules, and more files than any collection of templates has. */
  async #checkTree(commit: string): Promise<void> {
    const { stdout } = await this.#git(["ls-tree", "-r", "-l", "-z", commit], {});
    const entries = stdout.split("\0").filter((entry) => entry !== "");
    let bytes = 0;
    for (const entry of entries) {
      const [mode = "", , , size = ""] = entry.split(/[ \t]+/);
      const name = entry.slice(entry.indexOf("\t") + 1);
      if (mode === "120000") throw refused(`it holds a symbolic link, ${name.slice(0, 200)}`);
      if (mode === "160000") throw refused(`it holds another repository, ${name.slice(0, 200)}`);
      bytes += Number(size) || 0;
    }
    if (entries.length > MAX_FILES)
      throw refused(`it has ${entries.length} files, and ${MAX_FILES} are the most`);
    if (bytes > MAX_BYTES) throw refused(`its files take more than ${MAX_BYTES / 1024 / 1024} MiB`);
  }

  async #checkSize(): Promise<void> {
    if ((await sizeOf(this.#folder)) > MAX_BYTES)
      throw refused(`it takes more than ${MAX_BYTES / 1024 / 1024} MiB`);
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])) {
    if (!entry.isFile()) continue;
    bytes += (await lstat(path.join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0;
  }
  return bytes;
}

function refused(why: string): BerthError {
  return new BerthError({
    code: "repository_refused",
    message: `The repository is not used: ${why}.`,
    hint: "Ask its owner for one without it.",
  });
}
