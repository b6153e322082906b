import type Docker from "dockerode";
import { FrameParser } from "../docker/frames.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import type { OutputChunk, TerminalProcess, TerminalRequest } from "./process.ts";

/** The best shell that the container has; images agree on /bin/sh at most. */
const anyShell = ["/bin/sh", "-c", "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi"];

/** Runs a command, or a shell, in a running container. */
export async function openContainerExec(
  docker: Docker,
  container: { id: string; user?: string | undefined },
  request: TerminalRequest,
): Promise<TerminalProcess> {
  const exec = await docker.getContainer(container.id).exec({
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: request.tty,
    Cmd: request.command.length === 0 ? anyShell : request.command,
    ...(container.user === undefined ? {} : { User: container.user }),
  });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: request.tty });
  const output = new ChunkQueue<OutputChunk>();
  const frames = new FrameParser();
  output.add(stream, (data) =>
    request.tty
      ? [{ kind: "stdout", data }]
      : frames.push(data).map((frame) => ({ kind: frame.source, data: frame.data })),
  );
  const resize = async (columns: number, rows: number) => {
    if (request.tty) await exec.resize({ w: columns, h: rows });
  };
  // The first size is a courtesy; a command that ended at once has no terminal to resize any more.
  await resize(request.columns, request.rows).catch(() => undefined);
  return {
    stdin: stream,
    output,
    exitCode: async () => (await exec.inspect()).ExitCode ?? 255,
    resize,
    close: () => {
      stream.end();
      stream.destroy();
      output.close();
    },
  };
}
