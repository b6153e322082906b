import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { BerthError, systemCode } from "../vm.ts";

const run = promisify(execFile);

export interface GitSource {
  url: string;
  /** Branch, tag or commit; empty for the repository's own. */
  ref: string;
  /** Folder in the repository. */
  folder: string;
}

/** Takes `address#ref:folder` apart, as docker build writes it. */
export function parseGitUrl(text: string): GitSource {
  const [url = "", fragment = ""] = text.trim().split("#", 2);
  const [ref = "", folder = ""] = fragment.split(":", 2);
  const remote = /^(https?|ssh|git|file):\/\/[^\s]+$/.test(url) || /^[\w.-]+@[\w.-]+:[^\s]+$/.test(url);
  if (!remote || /^-/.test(ref)) {
    throw new BerthError({
      code: "invalid_git_url",
      message: `"${withoutPassword(url)}" is not the address of a git repository.`,
      hint: "Give it as https://host/project.git, with #branch or #branch:folder after it if you want.",
    });
  }
  if (/^\w+:\/\/[^/@\s]*:[^/@\s]+@/.test(url)) {
    throw new BerthError({
      code: "password_in_url",
      message: "The address holds a password, which would be seen by other programs.",
      hint: "Leave it out: git asks its own credential helper, or uses your ssh key.",
    });
  }
  return { url, ref, folder };
}

/** Fetches one commit of a repository with this computer's git and its credentials; `use` gets the folder. */
export async function withCheckout<T>(
  source: GitSource,
  parent: string,
  signal: AbortSignal,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(parent, "git-"));
  try {
    const git = (...words: string[]) => runGit(words, folder, source, signal);
    await git("init", "--quiet");
    await git("fetch", "--quiet", "--depth=1", "--", source.url, source.ref === "" ? "HEAD" : source.ref);
    await git("checkout", "--quiet", "FETCH_HEAD");
    await git("submodule", "--quiet", "update", "--init", "--depth=1", "--recursive");
    const inside = path.resolve(folder, source.folder);
    if (inside !== folder && !inside.startsWith(folder + path.sep)) throw notThere(source);
    await rm(path.join(folder, ".git"), { recursive: true, force: true });
    return await use(inside);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runGit(words: string[], cwd: string, source: GitSource, signal: AbortSignal): Promise<void> {
  const env = {
    ...process.env,
    // Nobody is there to answer.
    GIT_TERMINAL_PROMPT: "0",
    GIT_SSH_COMMAND: process.env["GIT_SSH_COMMAND"] ?? "ssh -o BatchMode=yes",
    // `ext::` and the like would run commands out of an address.
    GIT_ALLOW_PROTOCOL: "http:https:ssh:git:file",
  };
  try {
    await run("git", words, { cwd, env, signal, maxBuffer: 16 * 2 ** 20, windowsHide: true });
  } catch (error) {
    signal.throwIfAborted();
    if (systemCode(error) === "ENOENT") {
      throw new BerthError({
        code: "git_missing",
        message: "git is not installed on this computer.",
        hint: "Install git, or build from a folder.",
        cause: error,
      });
    }
    throw notFetched(source, error);
  }
}

function notThere({ folder }: GitSource): BerthError {
  return new BerthError({
    code: "invalid_git_url",
    message: `${folder} is not a folder inside of the repository.`,
    hint: "Name a folder of the repository after the colon.",
  });
}

function notFetched({ url, ref }: GitSource, cause: unknown): BerthError {
  const stderr = typeof cause === "object" && cause !== null && "stderr" in cause ? String(cause.stderr) : "";
  const said = stderr.split("\n").findLast((line) => /^(fatal|error|remote):/.test(line)) ?? "";
  return new BerthError({
    code: "git_failed",
    message: `${withoutPassword(url)}${ref === "" ? "" : ` at ${ref}`} could not be fetched. ${said}`.trim(),
    hint: "Check the address, the branch, and that your git can reach it without asking.",
    cause,
  });
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/@\s]*@/, "//");
}
