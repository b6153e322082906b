import type Docker from "dockerode";
import type { LogLine } from "../contract/index.ts";
import { LineSplitter } from "../text/line-splitter.ts";
import { untilLost } from "../text/until-lost.ts";
import { containerAnswer } from "./answers.ts";
import { openStream } from "./client.ts";
import { FrameParser } from "./frames.ts";

export interface LogOptions {
  tailLines: number;
  follow: boolean;
  signal: AbortSignal;
}

const stamp = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z) ?/;

/** A container's log, line by line; both streams of a container without a terminal, told apart. */
export async function openContainerLogs(
  docker: Docker,
  id: string,
  options: LogOptions,
): Promise<AsyncGenerator<LogLine, void, void>> {
  const details = containerAnswer.parse(await docker.getContainer(id).inspect());
  const chunks = untilLost(readLog(docker, details.Id, options));
  return details.Config.Tty ? terminalLines(chunks) : frameLines(chunks);
}

/** Lines of a container with a terminal: one raw stream, each line stamped by Docker. */
async function* terminalLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<LogLine, void, void> {
  const splitter = new LineSplitter();
  for await (const chunk of chunks) yield* splitter.push(chunk).map((text) => stamped("stdout", text));
  yield* splitter.flush().map((text) => stamped("stdout", text));
}

async function* frameLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<LogLine, void, void> {
  const frames = new FrameParser();
  const splitters = { stdout: new LineSplitter(), stderr: new LineSplitter() };
  for await (const chunk of chunks) {
    for (const { source, data } of frames.push(chunk)) {
      yield* splitters[source].push(data).map((text) => stamped(source, text));
    }
  }
  for (const source of ["stdout", "stderr"] as const) {
    yield* splitters[source].flush().map((text) => stamped(source, text));
  }
}

/** Docker answers only once there is a line, so a silent container's stream is opened while it is read. */
async function* readLog(docker: Docker, id: string, options: LogOptions): AsyncGenerator<Buffer, void, void> {
  const { tailLines, follow, signal } = options;
  const path = `/containers/${encodeURIComponent(id)}/logs`;
  const query = { stdout: true, stderr: true, timestamps: true, follow, tail: tailLines };
  yield* await openStream(docker, { path, query, signal });
}

function stamped(source: LogLine["source"], line: string): LogLine {
  const match = stamp.exec(line);
  if (!match) return { source, at: null, text: line };
  return { source, at: match[1] ?? null, text: line.slice(match[0].length) };
}
