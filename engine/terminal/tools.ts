import { randomBytes } from "node:crypto";
import { Duplex } from "node:stream";
import type Docker from "dockerode";
import { z } from "zod";
import { BerthError } from "../vm.ts";
import { attachedProcess } from "./attached.ts";
import type { TerminalProcess, TerminalRequest } from "./process.ts";

/** The guest's statically linked busybox, which runs whatever an image has or lacks. */
const GUEST_BUSYBOX = "/usr/bin/busybox";
const BUSYBOX = "/.berth/busybox";
/** The label of these containers; its value is the container they were opened for. */
const TOOLS_LABEL = "dev.berth.tools";

const targetAnswer = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  State: z.object({ Running: z.boolean() }),
});

/**
 * A shell with Berth's own tools for a container whose image has none: a temporary container of the same image
 * with the guest's busybox mounted into it, in the processes, network and IPC of the other, whose files it sees
 * in /proc/1/root, where it begins. It is removed when the shell ends.
 */
export async function openToolsShell(
  docker: Docker,
  id: string,
  request: TerminalRequest,
): Promise<TerminalProcess> {
  const target = targetAnswer.parse(await docker.getContainer(encodeURIComponent(id)).inspect());
  if (!target.State.Running) {
    throw new BerthError({
      code: "container_not_running",
      message: "The container does not run, so there is nothing to look into with tools.",
      hint: "Start it first. Its files can be seen meanwhile.",
    });
  }
  const shared = `container:${target.Id}`;
  const container = await docker.createContainer({
    name: `${target.Name.replace(/^\//, "")}-tools-${randomBytes(2).toString("hex")}`,
    Image: target.Image,
    User: "0",
    WorkingDir: "/",
    Entrypoint: [BUSYBOX],
    Cmd:
      request.command.length === 0
        ? ["sh", "-c", `cd /proc/1/root && exec ${BUSYBOX} sh -i`]
        : ["env", "-C", "/proc/1/root", ...request.command],
    Env: ["TERM=xterm-256color", "PS1=tools:\\w# "],
    Labels: { [TOOLS_LABEL]: target.Id },
    Healthcheck: { Test: ["NONE"] },
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: request.tty,
    HostConfig: {
      AutoRemove: true,
      Binds: [`${GUEST_BUSYBOX}:${BUSYBOX}:ro`],
      NetworkMode: shared,
      PidMode: shared,
      IpcMode: "none",
      // To see the other's files through /proc.
      CapAdd: ["SYS_PTRACE"],
    },
  });
  try {
    const attaching = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
    const stream = await container.attach(attaching);
    if (!(stream instanceof Duplex)) throw new TypeError("Docker attached without a stream");
    const exited = container.wait({ condition: "next-exit" }).then(
      (answer: unknown) => z.object({ StatusCode: z.int() }).parse(answer).StatusCode,
      () => 255,
    );
    await container.start();
    const terminal = attachedProcess({
      stream,
      tty: request.tty,
      resize: (columns, rows) => container.resize({ w: columns, h: rows }),
      exitCode: () => exited,
      end: () => void container.remove({ force: true }).catch(() => undefined),
    });
    await terminal.resize(request.columns, request.rows).catch(() => undefined);
    return terminal;
  } catch (error) {
    await container.remove({ force: true }).catch(() => undefined);
    throw error;
  }
}
