import type Docker from "dockerode";
import { z } from "zod";
import type { Logger, Tunnel } from "../vm.ts";
import { describeError } from "../vm.ts";
import { attachedProcess } from "./attached.ts";
import type { TerminalProcess, TerminalRequest } from "./process.ts";

/** The best shell that the container has; images agree on /bin/sh at most. */
const anyShell = ["/bin/sh", "-c", "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi"];
const runningExec = z.object({ Running: z.boolean(), Pid: z.int() });

export interface ExecSource {
  docker: Docker;
  tunnel: Pick<Tunnel, "exec">;
  logger: Logger;
}

/** Runs a command, or a shell, in a running container. */
export async function openContainerExec(
  source: ExecSource,
  container: { id: string; user?: string | undefined },
  request: TerminalRequest,
): Promise<TerminalProcess> {
  const exec = await source.docker.getContainer(encodeURIComponent(container.id)).exec({
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: request.tty,
    Cmd: request.command.length === 0 ? anyShell : request.command,
    ...(request.tty ? { Env: ["TERM=xterm-256color"] } : {}),
    ...(container.user === undefined ? {} : { User: container.user }),
  });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: request.tty });
  const terminal = attachedProcess({
    stream,
    tty: request.tty,
    resize: (columns, rows) => exec.resize({ w: columns, h: rows }),
    exitCode: async () => (await exec.inspect()).ExitCode ?? 255,
    end: () => {
      hangUp(source, exec).catch((error: unknown) => {
        source.logger.debug("a command in a container may go on", { error: describeError(error) });
      });
    },
  });
  // The first size is a courtesy; a command that ended at once has no terminal to resize any more.
  await terminal.resize(request.columns, request.rows).catch(() => undefined);
  return terminal;
}

/**
 * Docker leaves a command running when the connection to its terminal goes: it is told as a terminal would,
 * by SIGHUP. Docker names its process as the VM counts.
 */
async function hangUp(source: ExecSource, exec: Docker.Exec): Promise<void> {
  const { Running, Pid } = runningExec.parse(await exec.inspect());
  if (Running && Pid > 1) await source.tunnel.exec(["kill", "-HUP", String(Pid)]);
}
