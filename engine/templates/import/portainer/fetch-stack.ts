import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { decodeText, MAX_TEMPLATE_BYTES } from "../../format/read-file.ts";
import { staysInside } from "../../project/short-syntax.ts";
import { checkedAddress } from "../../repositories/address.ts";
import { git } from "../../repositories/git.ts";
import { BerthError } from "../../../vm.ts";

/** Gets a stack's Compose file from where a Portainer template says that it is. */
export interface StackFetcher {
  fromRepository(url: string, file: string, reference: string | null): Promise<string>;
  fromAddress(url: string): Promise<string>;
}

const FETCH_TIMEOUT_MS = 20_000;
const CLONE_TIMEOUT_MS = 60_000;

/** Fetches over the network; a repository or host that did not answer is not asked again by this fetcher. */
export function networkFetcher(signal?: AbortSignal): StackFetcher & { close(): Promise<void> } {
  const clones = new Map<string, Promise<string>>();
  const hosts = new Map<string, Promise<string>>();
  const clone = (url: string, reference: string | null) => {
    const key = `${url}#${reference ?? ""}`;
    const known = clones.get(key) ?? cloneBare(url, reference, signal);
    clones.set(key, known);
    return known;
  };
  return {
    async fromRepository(url, file, reference) {
      const relative = path.posix.normalize(file);
      if (!staysInside(relative)) throw unusable(`The path "${file}" leads out of the repository.`);
      const folder = await clone(checkedAddress(url), reference);
      const { stdout } = await git(["--git-dir", folder, "show", `HEAD:${relative}`], {
        timeoutMs: FETCH_TIMEOUT_MS,
      });
      if (stdout.length > MAX_TEMPLATE_BYTES) throw unusable("The stack's file is too large.");
      return stdout;
    },
    async fromAddress(url) {
      const { origin } = new URL(url);
      const failed = hosts.get(origin);
      if (failed !== undefined) return failed;
      try {
        return await download(url, signal);
      } catch (error) {
        const failure = Promise.reject(error instanceof Error ? error : unusable("It cannot be reached."));
        failure.catch(() => undefined);
        hosts.set(origin, failure);
        throw error;
      }
    },
    async close() {
      for (const folder of clones.values()) {
        await folder
          .then((made) => rm(path.dirname(made), { recursive: true, force: true }))
          .catch(() => undefined);
      }
    },
  };
}

async function cloneBare(url: string, reference: string | null, signal?: AbortSignal): Promise<string> {
  const parent = await mkdtemp(path.join(tmpdir(), "berth-stack-"));
  const folder = path.join(parent, "repository");
  const branch = reference === null ? null : reference.replace(/^refs\/(?:heads|tags)\//, "");
  if (branch?.startsWith("-") === true) throw unusable(`"${branch}" is not a branch.`);
  try {
    await git(
      [
        ...[
          "clone",
          "--bare",
          "--depth",
          "1",
          "--no-tags",
          "--single-branch",
          "--filter=blob:none",
          "--template=",
        ],
        ...(branch === null ? [] : ["--branch", branch]),
        "--",
        url,
        folder,
      ],
      { timeoutMs: CLONE_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) },
    );
    return folder;
  } catch (error) {
    await rm(parent, { recursive: true, force: true });
    throw error;
  }
}

async function download(url: string, signal?: AbortSignal): Promise<string> {
  const timeout = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    if (!response.ok || response.body === null)
      throw unusable(`${new URL(url).host} answered ${response.status}.`);
    const body: AsyncIterable<Uint8Array> = response.body;
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > MAX_TEMPLATE_BYTES) throw unusable("The stack's file is too large.");
      chunks.push(chunk);
    }
    return decodeText(Buffer.concat(chunks), url);
  } catch (error) {
    if (error instanceof BerthError) throw error;
    throw unusable(`${new URL(url).host} cannot be reached.`, error);
  }
}

function unusable(message: string, cause?: unknown): BerthError {
  return new BerthError({
    code: "stack_not_reachable",
    message,
    hint: "Import the file again when it can be reached.",
    cause,
  });
}
