import { chmod, lstat, rm } from "node:fs/promises";
import net from "node:net";
import { connectEndpoint } from "../endpoint.ts";
import { BerthError, systemCode } from "../errors.ts";

/**
 * Serves on a unix socket (0600) or a named pipe. A socket file left behind is removed, but only when nobody
 * answers behind it; anything that is no socket is left alone.
 */
export async function listenLocally(
  path: string,
  onConnection: (socket: net.Socket) => void,
): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, onConnection);
  try {
    await listen(server, path);
  } catch (error) {
    if (systemCode(error) !== "EADDRINUSE") throw notServed(path, error);
    await removeIfStale(path);
    await listen(server, path).catch((again: unknown) => {
      throw notServed(path, again);
    });
  }
  if (process.platform !== "win32") await chmod(path, 0o600);
  return server;
}

function listen(server: net.Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function removeIfStale(path: string): Promise<void> {
  const answering = await connectEndpoint({ path }, 2_000).then(
    (socket) => {
      socket.destroy();
      return true;
    },
    (error: unknown) => systemCode(error) !== "ECONNREFUSED",
  );
  if (answering) {
    throw new BerthError({
      code: "socket_in_use",
      message: `Another program already serves ${path}.`,
      hint: "End that program, or give this Berth a home of its own with BERTH_HOME.",
    });
  }
  if ((await lstat(path)).isSocket()) await rm(path, { force: true });
}

function notServed(path: string, cause: unknown): BerthError {
  return new BerthError({
    code: "socket_not_served",
    message: `The Docker socket ${path} could not be created.`,
    hint: "Remove what lies at that path, or set BERTH_HOME to another folder.",
    cause,
  });
}
