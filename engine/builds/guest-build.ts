import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BuildSpec } from "../contract/index.ts";
import { fileProblem, resolveHostPath } from "../host/index.ts";
import { LineSplitter } from "../text/line-splitter.ts";
import type { Tunnel } from "../vm.ts";
import { RawJsonReader, type SolveStatus } from "./rawjson.ts";

export interface GuestBuild {
  guest: Pick<Tunnel, "exec" | "openShell">;
  spec: BuildSpec;
  /** The Dockerfile's name in the context. */
  dockerfile: string;
  context: Readable;
  /** `auths` of docker's config.json. */
  auths: object;
  onStatus: (status: SolveStatus) => void;
  signal: AbortSignal;
}

export interface GuestBuildResult {
  exitCode: number;
  imageId: string | null;
  /** What buildx said in plain words, at the end. */
  words: string[];
}

const BUILDX = "/usr/libexec/docker/cli-plugins/docker-buildx";
/** Folders of builds begin so; then comes which engine they belong to. */
const FOLDERS = "/run/berth/build-";
const OWNER = randomUUID().slice(0, 8);
const KEPT_WORDS = 400;
const MAX_LINE_BYTES = 4 * 1024 * 1024;
/** How long buildx may take to end its work in the engine. */
const GOODBYE_MS = 10_000;

/**
 * Runs buildx in the guest with the context on its standard input. What it needs beside it, sign-ins and secrets, is
 * in a folder in the guest's memory that is removed with the build. Aborting ends the build in the engine too.
 */
export async function buildInGuest(build: GuestBuild): Promise<GuestBuildResult> {
  const { guest, signal } = build;
  const folder = `${FOLDERS}${OWNER}-${randomUUID()}`;
  try {
    await put(guest, folder, "config.json", JSON.stringify({ auths: build.auths }));
    const secrets = await putSecrets(build, folder);
    signal.throwIfAborted();
    const result = await run(build, folder, [...options(build, folder), ...secrets, "-"]);
    if (result.exitCode !== 0) return { ...result, imageId: null };
    const { stdout } = await guest.exec(["cat", "--", `${folder}/image`], { timeoutMs: 10_000 });
    return { ...result, imageId: stdout.trim() || null };
  } finally {
    // The guest may have been suspended or stopped meanwhile; its memory is then gone anyway.
    await guest.exec(["rm", "-rf", "--", folder], { timeoutMs: 10_000 }).catch(() => undefined);
  }
}

function options({ spec, dockerfile }: GuestBuild, folder: string): string[] {
  return [
    `--file=${dockerfile}`,
    `--iidfile=${folder}/image`,
    ...spec.tags.map((tag) => `--tag=${tag}`),
    ...spec.arguments.map(({ name, value }) => `--build-arg=${name}=${value}`),
    ...(spec.target === undefined ? [] : [`--target=${spec.target}`]),
    ...(spec.platform === undefined ? [] : [`--platform=${spec.platform}`]),
    ...(spec.noCache ? ["--no-cache"] : []),
    ...(spec.pull ? ["--pull"] : []),
  ];
}

async function putSecrets({ guest, spec }: GuestBuild, folder: string): Promise<string[]> {
  const words: string[] = [];
  for (const [index, { id, from }] of spec.secrets.entries()) {
    const name = `secret-${index}`;
    await put(guest, folder, name, from.kind === "value" ? from.value : await readSecret(from.path));
    words.push(`--secret=id=${id},src=${folder}/${name}`);
  }
  return words;
}

async function readSecret(path: string): Promise<Uint8Array> {
  const file = resolveHostPath(path);
  try {
    return await readFile(file);
  } catch (error) {
    throw fileProblem(file, error);
  }
}

async function put(
  guest: Pick<Tunnel, "exec">,
  folder: string,
  name: string,
  content: string | Uint8Array,
): Promise<void> {
  const script = 'umask 077 && mkdir -p "$1" && cat >"$1/$2"';
  const { exitCode, stderr } = await guest.exec(["sh", "-c", script, "sh", folder, name], {
    stdin: content,
    timeoutMs: 30_000,
  });
  if (exitCode !== 0) throw new Error(`cannot prepare the build in the guest: ${stderr.slice(0, 500)}`);
}

async function run(
  { guest, context, onStatus, signal }: GuestBuild,
  folder: string,
  words: string[],
): Promise<{ exitCode: number; words: string[] }> {
  // The shell leaves its process id and becomes buildx: closing the connection alone would not end it.
  const script = 'echo $$ >"$0/pid" && exec "$@"';
  const environment = [`DOCKER_CONFIG=${folder}`, "BUILDX_NO_DEFAULT_ATTESTATIONS=1"];
  const command = ["env", ...environment, BUILDX, "build", "--progress=rawjson", ...words];
  const session = await guest.openShell({ command: ["sh", "-c", script, folder, ...command] });
  const said: string[] = [];
  const reader = new RawJsonReader();
  const take = (line: string) => {
    const message = reader.push(line);
    if (message?.kind === "status") onStatus(message.status);
    else if (message?.kind === "text") said.push(message.line);
    if (said.length > KEPT_WORDS) said.shift();
  };
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  session.stderr.on("data", (chunk: Buffer) => splitter.push(chunk).forEach(take));
  // buildx says nothing of interest there, but what is not read would stop it.
  session.stream.resume();
  const stop = () => void endBuild(guest, folder, () => session.close());
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  let broken: unknown = null;
  const sending = pipeline(context, session.stream, { signal, end: true }).catch((error: unknown) => {
    // buildx that ends early stops reading, which is no failure of its own; a file that cannot be read is.
    if (context.errored !== null) {
      broken = error;
      stop();
    }
  });
  try {
    const { exitCode } = await session.exit;
    splitter.flush().forEach(take);
    signal.throwIfAborted();
    context.destroy();
    await sending;
    if (broken !== null) throw broken as Error;
    return { exitCode, words: said };
  } finally {
    signal.removeEventListener("abort", stop);
    session.close();
  }
}

/**
 * Ends the builds of an engine that was killed: in the guest they would go on until they say something that nobody
 * hears.
 */
export async function endAbandonedBuilds(guest: Pick<Tunnel, "exec" | "ready">): Promise<void> {
  await guest.ready();
  const script =
    'for folder in "$0"*; do case $folder in "$0$1"-*) continue;; esac; [ -d "$folder" ] || continue; kill -TERM "$(cat "$folder/pid")"; rm -rf -- "$folder"; done';
  await guest.exec(["sh", "-c", script, FOLDERS, OWNER], { timeoutMs: 30_000 });
}

/** Asks buildx to end, which cancels its work in the engine, and ends it if it does not. */
async function endBuild(guest: Pick<Tunnel, "exec">, folder: string, close: () => void): Promise<void> {
  const script =
    'pid=$(cat "$0/pid") && kill -TERM "$pid" && for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || exit 0; sleep 0.1; done; kill -KILL "$pid"';
  await guest.exec(["sh", "-c", script, folder], { timeoutMs: 2 * GOODBYE_MS }).catch(() => undefined);
  close();
}
