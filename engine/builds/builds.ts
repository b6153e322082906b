import { randomUUID } from "node:crypto";
import path from "node:path";
import type { Activities } from "../activity/index.ts";
import type { BuildEvent, BuildSource, BuildSpec, BuildSummary } from "../contract/index.ts";
import { resolveHostPath } from "../host/index.ts";
import { LiveList } from "../live/live-list.ts";
import type { Registries } from "../registries/index.ts";
import { BerthError, type Logger, type Tunnel } from "../vm.ts";
import { readContext } from "./context.ts";
import { packContext, packDockerfile } from "./context-tar.ts";
import { readFailure } from "./failure.ts";
import { parseGitUrl, withCheckout } from "./git.ts";
import { buildInGuest, endAbandonedBuilds } from "./guest-build.ts";
import { BuildHistory } from "./history.ts";
import { BuildRecord } from "./record.ts";

export interface BuildsHost {
  guest: Pick<Tunnel, "exec" | "openShell" | "ready">;
  activities: Activities;
  registries: Pick<Registries, "dockerAuths">;
  home: string;
  logger: Logger;
}

export interface StartedBuild {
  id: string;
  activity: string;
  /** Settles with the build; rejects when it failed or was cancelled. */
  done: Promise<BuildSummary>;
}

type Report = (state: { detail: string; progress: number | null }) => void;

/** Builds images with BuildKit in the engine, and remembers how it went. */
export class Builds {
  readonly list = new LiveList<BuildSummary>((build) => build.id);
  readonly #host: BuildsHost;
  readonly #history: BuildHistory;
  readonly #records = new Map<string, BuildRecord>();

  constructor(host: BuildsHost) {
    this.#host = host;
    this.#history = new BuildHistory(path.join(host.home, "builds"), host.logger);
    void this.#load();
  }

  /** Starts a build. What can be seen at once to be wrong (no Dockerfile, no such address) is thrown. */
  async start(spec: BuildSpec): Promise<StartedBuild> {
    checkNames(spec);
    // Read once now, so that a mistake is told to the one who made it, and again when its turn comes.
    if (spec.source.kind === "folder") {
      const folder = resolveHostPath(spec.source.path);
      const large = spec.largeContext;
      await readContext(folder, dockerfileOf(spec.source), { large, signal: new AbortController().signal });
    }
    if (spec.source.kind === "git") parseGitUrl(spec.source.url);
    await this.#history.prepare();
    const summary = newSummary(spec);
    const record = new BuildRecord(summary, spec, (changed) => this.list.upsert(changed));
    this.#records.set(summary.id, record);
    this.list.upsert(summary);
    const { id, done } = this.#host.activities.start(
      { kind: "image.build", title: summary.title, cancellable: true },
      (report, signal) => this.#run(record, report, signal),
    );
    record.update({ activity: id });
    return { id: summary.id, activity: id, done };
  }

  async repeat(id: string): Promise<StartedBuild> {
    const { spec, summary } = this.#require(id);
    if (summary.repeatable) return this.start(spec);
    throw new BerthError({
      code: "secrets_not_kept",
      message: "This build needed secrets, which Berth did not keep.",
      hint: "Start it anew and enter them again.",
    });
  }

  follow(id: string, signal: AbortSignal): AsyncIterable<BuildEvent> {
    return this.#require(id).follow(signal);
  }

  async remove(id: string): Promise<void> {
    if (this.#require(id).summary.state === "running") {
      throw new BerthError({
        code: "still_running",
        message: "A build that is still running cannot be removed.",
        hint: "Cancel it first.",
      });
    }
    await this.#history.remove(id);
    this.#records.delete(id);
    this.list.remove(id);
  }

  async #load(): Promise<void> {
    const { records, interrupted } = await this.#history.load((changed) => this.list.upsert(changed));
    for (const record of records) this.#records.set(record.summary.id, record);
    // One that was started meanwhile is there already.
    this.list.reset([...this.#records.values()].map(({ summary }) => summary));
    if (!interrupted) return;
    // Where the VM does not run, there is nothing of them.
    const { guest, logger } = this.#host;
    await endAbandonedBuilds(guest).catch((error: unknown) =>
      logger.info("no abandoned builds ended", { error }),
    );
  }

  async #run(record: BuildRecord, report: Report, signal: AbortSignal): Promise<BuildSummary> {
    try {
      report({ detail: "Preparing", progress: null });
      await this.#history.save(record);
      const { source } = record.spec;
      if (source.kind === "git") {
        report({ detail: "Fetching the repository", progress: null });
        await withCheckout(parseGitUrl(source.url), this.#history.folder, signal, (folder) =>
          this.#build(record, folder, report, signal),
        );
      } else {
        await this.#build(
          record,
          source.kind === "folder" ? resolveHostPath(source.path) : null,
          report,
          signal,
        );
      }
      return record.summary;
    } catch (error) {
      if (signal.aborted) record.end("cancelled");
      else if (record.summary.state === "running") {
        const known = error instanceof BerthError ? error : null;
        const message = known?.message ?? "Something unexpected went wrong in the engine.";
        const hint = known?.hint ?? "Try again. The engine's log tells more: berth logs engine.";
        const failure = { message, hint, step: null, dockerfile: null, line: null, excerpt: [] };
        record.end("failed", { failure });
      }
      throw error;
    } finally {
      await this.#keep(record);
    }
  }

  async #build(
    record: BuildRecord,
    folder: string | null,
    report: Report,
    signal: AbortSignal,
  ): Promise<void> {
    const { spec } = record;
    const dockerfile = dockerfileOf(spec.source);
    const context =
      folder === null ? null : await readContext(folder, dockerfile, { large: spec.largeContext, signal });
    if (context !== null) record.update({ warnings: [...record.summary.warnings, ...context.warnings] });
    let sending = "Sending the context";
    const stream =
      context === null
        ? packDockerfile(spec.source.kind === "dockerfile" ? spec.source.content : "")
        : packContext(context, (bytes) => {
            sending = `Sending the context, ${mebibytes(bytes)} of ${mebibytes(context.bytes)} MiB`;
            if (record.steps.length === 0) report({ detail: sending, progress: null });
          });
    const { exitCode, imageId, words } = await buildInGuest({
      guest: this.#host.guest,
      spec,
      dockerfile,
      context: stream,
      auths: await this.#host.registries.dockerAuths(),
      signal,
      onStatus: (status) => {
        record.apply(status);
        const now = record.steps.findLast(({ state }) => state === "running");
        const { steps, doneSteps } = record.summary;
        report({ detail: now?.name ?? sending, progress: steps === 0 ? null : doneSteps / steps });
      },
    });
    if (exitCode === 0) {
      record.end("done", { imageId });
      return;
    }
    const failure = readFailure(words, record.failedStep());
    record.end("failed", { failure });
    throw new BerthError({ code: "build_failed", message: failure.message, hint: failure.hint });
  }

  async #keep(record: BuildRecord): Promise<void> {
    try {
      await this.#history.save(record);
      for (const old of this.#history.surplus([...this.#records.values()])) await this.remove(old.summary.id);
    } catch (error) {
      this.#host.logger.warn("the build's history cannot be kept", { error });
    }
  }

  #require(id: string): BuildRecord {
    const record = this.#records.get(id);
    if (record) return record;
    throw new BerthError({
      code: "not_found",
      message: "There is no such build.",
      hint: "It may have been removed from the history meanwhile.",
    });
  }
}

function dockerfileOf(source: BuildSource): string {
  const named = source.kind === "dockerfile" ? undefined : source.dockerfile;
  return named === undefined || named.trim() === ""
    ? "Dockerfile"
    : path.posix.normalize(named.trim().replaceAll("\\", "/"));
}

function newSummary(spec: BuildSpec): BuildSummary {
  const { source, tags } = spec;
  const origin =
    source.kind === "folder"
      ? resolveHostPath(source.path)
      : source.kind === "git"
        ? source.url
        : "a Dockerfile";
  return {
    id: randomUUID(),
    title: `Build ${tags[0] ?? path.basename(origin)}`,
    origin,
    tags,
    state: "running",
    startedAt: new Date().toISOString(),
    endedAt: null,
    steps: 0,
    doneSteps: 0,
    cachedSteps: 0,
    imageId: null,
    warnings: [],
    failure: null,
    activity: null,
    repeatable: spec.secrets.every(({ from }) => from.kind === "file"),
  };
}

/** Tags as Docker takes them; buildx would say it in its own words, and late. */
function checkNames({ tags }: BuildSpec): void {
  const wrong = tags.find(
    (tag) =>
      !/^[a-z0-9][a-z0-9._/:@-]*(:[\w][\w.-]{0,127})?$/.test(tag) &&
      !/^[\w.-]+(:\d+)?\/[a-z0-9._/-]+(:[\w][\w.-]{0,127})?$/.test(tag),
  );
  if (wrong === undefined) return;
  throw new BerthError({
    code: "invalid_reference",
    message: `"${wrong}" cannot be the name of an image.`,
    hint: "Use lower case letters, digits, '.', '-', '_' and '/', and a tag after ':'.",
  });
}

function mebibytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1);
}
