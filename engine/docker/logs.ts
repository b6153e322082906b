import type Docker from "dockerode";
import type { ContainerSummary, LogItem } from "../contract/index.ts";
import type { LiveList } from "../live/live-list.ts";
import { followValue } from "../live/live-value.ts";
import { merged } from "../live/merged.ts";
import { pause } from "../live/pause.ts";
import { type ContainerAnswer, containerAnswer } from "./answers.ts";
import { openStream } from "./client.ts";
import { dockerStatus, isConnectionLoss } from "./errors.ts";
import { FramedLog, type ReadLine, TerminalLog } from "./log-lines.ts";

export interface LogSource {
  docker: Docker;
  /** Tells when a container starts again, or is gone. */
  containers: LiveList<ContainerSummary>;
}

export interface LogOptions {
  containers: { id: string; since: string | null }[];
  /** The newest lines of each to begin with; null for all. */
  tailLines: number | null;
  follow: boolean;
  signal: AbortSignal;
}

interface OneLog {
  id: string;
  since: string | null;
  tailLines: number | null;
  follow: boolean;
  signal: AbortSignal;
}

/** A container that runs and whose log ends at once nevertheless is not asked again and again without rest. */
const REST_MS = 500;

/**
 * The logs of one or several containers as one sequence: what there is in order of time, then what comes.
 * Stays with a container through restarts, also of Docker, until it is removed. Fails as Docker does where a
 * container does not exist from the beginning, or its log cannot be read.
 */
export async function openLogs(
  source: LogSource,
  options: LogOptions,
): Promise<AsyncGenerator<LogItem, void, void>> {
  const { containers, ...rest } = options;
  // What does not exist fails the call.
  await Promise.all(containers.map(({ id }) => source.docker.getContainer(id).inspect()));
  const [one, ...others] = containers;
  if (one !== undefined && others.length === 0) return followLog(source, { ...one, ...rest });
  return mergedLogs(source, options);
}

async function* mergedLogs(source: LogSource, options: LogOptions): AsyncGenerator<LogItem, void, void> {
  const { tailLines, follow, signal } = options;
  const past = await Promise.all(
    options.containers.map(async ({ id, since }) => {
      const items: LogItem[] = [];
      for await (const item of followLog(source, { id, since, tailLines, follow: false, signal })) {
        items.push(item);
      }
      return { id, since, items };
    }),
  );
  yield* past.flatMap(({ items }) => items).sort(byTime);
  if (!follow) return;
  yield* merged(
    past.map(({ id, since, items }) => {
      const last = lastMoment(items) ?? since;
      return followLog(source, { id, since: last, tailLines: null, follow, signal });
    }),
  );
}

function byTime(a: LogItem, b: LogItem): number {
  const [left, right] = [momentOf(a) ?? "", momentOf(b) ?? ""];
  return left < right ? -1 : left > right ? 1 : 0;
}

function momentOf(item: LogItem): string | null {
  return item.kind === "line" ? item.at : null;
}

function lastMoment(items: readonly LogItem[]): string | null {
  return items.reduce<string | null>((last, item) => momentOf(item) ?? last, null);
}

async function* followLog(source: LogSource, log: OneLog): AsyncGenerator<LogItem, void, void> {
  const { id, follow, signal } = log;
  let { since } = log;
  let stopped = false;
  for (;;) {
    const details = await describe(source, id);
    if (details === null) return yield { kind: "ended", container: id, reason: "removed" };
    if (details !== "unknown" && (!stopped || details.State.Running)) {
      if (stopped) yield { kind: "started", container: id };
      stopped = false;
      for await (const line of readLines(source.docker, details, { ...log, since })) {
        if (line.at !== null) since = line.at;
        yield { kind: "line", container: id, ...line };
      }
      if (!follow || signal.aborted) return;
      const after = await describe(source, id);
      if (after === null) return yield { kind: "ended", container: id, reason: "removed" };
      if (
        after !== "unknown" &&
        !(after.State.Running && after.State.StartedAt === details.State.StartedAt)
      ) {
        stopped = true;
        yield { kind: "ended", container: id, reason: "stopped" };
      }
    }
    if (!follow) return;
    if (!stopped) await pause(REST_MS, signal);
    await untilReadable(source, id, signal);
    if (signal.aborted) return;
  }
}

/** The container as Docker describes it; null once it is gone, "unknown" while Docker cannot be asked. */
async function describe({ docker }: LogSource, id: string): Promise<ContainerAnswer | "unknown" | null> {
  try {
    return containerAnswer.parse(await docker.getContainer(id).inspect());
  } catch (error) {
    if (dockerStatus(error) === 404) return null;
    // A machine that sleeps refuses connections in words of its own.
    if (dockerStatus(error) === null) return "unknown";
    throw error;
  }
}

/** Resolves once the container runs as far as is known, or is known to be gone. */
async function untilReadable({ containers }: LogSource, id: string, signal: AbortSignal): Promise<void> {
  const find = () =>
    (containers.all() ?? []).find((container) => container.id === id || container.name === id);
  const read = () => {
    if (!containers.known) return false;
    const state = find()?.state;
    return state === undefined || state === "running" || state === "paused";
  };
  for await (const readable of followValue(read, (listener) => containers.onChange(listener), signal)) {
    if (readable) return;
  }
}

async function* readLines(
  docker: Docker,
  details: ContainerAnswer,
  log: OneLog,
): AsyncGenerator<ReadLine, void, void> {
  const reader = details.Config.Tty ? new TerminalLog() : new FramedLog();
  const { since } = log;
  const fresh = (line: ReadLine) => since === null || line.at === null || line.at > since;
  try {
    for await (const chunk of readLog(docker, details.Id, log)) yield* reader.push(chunk).filter(fresh);
  } catch (error) {
    // Suspending the VM or stopping Docker ends the stream; who follows goes on when it is back.
    if (!log.signal.aborted && !isConnectionLoss(error)) throw error;
  }
  yield* reader.flush().filter(fresh);
}

/** Docker answers only once there is a line, so a silent container's stream is opened while it is read. */
async function* readLog(docker: Docker, id: string, log: OneLog): AsyncGenerator<Buffer, void, void> {
  const { since, tailLines, follow, signal } = log;
  const tail = since !== null || tailLines === null ? "all" : tailLines;
  const query = {
    stdout: true,
    stderr: true,
    timestamps: true,
    follow,
    tail,
    ...(since === null ? {} : { since: secondsOf(since) }),
  };
  yield* await openStream(docker, { path: `/containers/${encodeURIComponent(id)}/logs`, query, signal });
}

/** Docker takes a moment as seconds with nanoseconds behind the point. */
function secondsOf(at: string): string {
  const fraction = /\.(\d+)/.exec(at)?.[1] ?? "";
  return `${Math.floor(Date.parse(at) / 1000)}.${fraction.padEnd(9, "0").slice(0, 9)}`;
}
