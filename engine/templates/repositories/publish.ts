import { randomUUID } from "node:crypto";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { PublishedTemplate } from "../../contract/index.ts";
import { BerthError } from "../../vm.ts";
import { listFiles, loadFolder } from "../library/load-folder.ts";
import { git, type GitOptions } from "./git.ts";
import { checkedBranch } from "./repositories.ts";

export interface PublishRequest {
  dir: string;
  url: string;
  /** Default: a branch of the template's own, for a pull request. */
  branch?: string | undefined;
  message?: string | undefined;
  author?: { name: string; email: string } | undefined;
}

/** Files that hold values and are nobody else's business. */
const privateFile = /(?:^|\/)\.env(?:\..+)?$|\.(?:pem|key|p12|pfx)$/i;

/** Puts a template's folder into a repository: one commit on a branch, pushed. Nothing else of it changes. */
export async function publishTemplate(
  request: PublishRequest,
  access: Pick<GitOptions, "credentials" | "signal"> = {},
): Promise<PublishedTemplate> {
  const template = await loadFolder(request.dir, { kind: "own" });
  const { id, title } = template.metadata;
  const branch = checkedBranch(request.branch ?? `template/${id}`);
  const work = await mkdtemp(path.join(tmpdir(), "berth-publish-"));
  const repository = path.join(work, "repository");
  try {
    await git(
      ["clone", "--depth", "1", "--no-tags", "--template=", "--no-checkout", "--", request.url, repository],
      access,
    );
    const run = (args: string[], options: GitOptions = {}) =>
      git(args, { ...access, ...options, cwd: repository });
    const empty = (await run(["rev-parse", "--verify", "-q", "HEAD"], { accept: [1, 128] })).exitCode !== 0;
    const exists = await run(["ls-remote", "--exit-code", "--heads", "--", request.url, branch], {
      accept: [2],
    });
    if (exists.exitCode === 0) {
      await run(["fetch", "--depth", "1", "--no-tags", "--", request.url, `refs/heads/${branch}`]);
      await run(["checkout", "-B", branch, "FETCH_HEAD"]);
    } else if (empty) await run(["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
    else await run(["checkout", "-B", branch, "HEAD"]);
    await copyTemplate(request.dir, path.join(repository, id));
    await run(["add", "--all", "--", id]);
    const changed = await run(["diff", "--cached", "--quiet"], { accept: [1] });
    if (changed.exitCode === 0) {
      throw new BerthError({
        code: "nothing_to_publish",
        message: `The repository has "${id}" exactly as it is already.`,
        hint: "Change the template and its version first.",
      });
    }
    const author = request.author ?? { name: "Berth", email: "berth@localhost" };
    const message = request.message ?? `Add ${title} ${template.metadata.version ?? ""}`.trim();
    await run([
      ...["-c", `user.name=${author.name}`, "-c", `user.email=${author.email}`],
      ...["commit", "--no-verify", "-m", message],
    ]);
    await run(["push", "--no-verify", "--", request.url, `HEAD:refs/heads/${branch}`]);
    const { stdout } = await run(["rev-parse", "HEAD"]);
    return { repository: request.url, branch, commit: stdout.trim(), id };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Copies a template's files; links, version control and files with values stay behind. */
async function copyTemplate(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  const staging = `${to}-${randomUUID()}`;
  for (const file of await listFiles(from)) {
    if (privateFile.test(file)) continue;
    const target = path.join(staging, file);
    await mkdir(path.dirname(target), { recursive: true });
    await cp(path.join(from, file), target, { errorOnExist: true });
  }
  await cp(staging, to, { recursive: true });
  await rm(staging, { recursive: true, force: true });
}
