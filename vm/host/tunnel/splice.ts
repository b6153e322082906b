import type net from "node:net";
import type { ClientChannel } from "ssh2";
import type { ClientTap } from "../types.ts";

/** How long a client may take to read the rest after the guest has closed. */
const lingerMs = 2_000;

/** How often is looked whether a client that ended its input is still there. */
const probeMs = 3_000;

/**
 * Joins a local connection and a channel into the guest: bytes both ways with back-pressure, each side's end
 * of file passed on by itself (attached stdin needs it), an end of either side ending the other. A tap sees what
 * passes, and delays nothing.
 */
export function splice(socket: net.Socket, channel: ClientChannel, tap: ClientTap | null = null): void {
  socket.on("error", () => channel.close());
  socket.on("close", () => {
    channel.close();
    // What the guest still sends is read and dropped: a channel ends only when it has been read to its end.
    channel.unpipe(socket);
    channel.resume();
  });
  socket.once("end", () => probeUntilGone(socket));
  channel.on("error", () => socket.destroy());
  channel.on("close", () => {
    if (socket.destroyed) return;
    // What the client still sends goes nowhere; reading it avoids a reset that could eat our last bytes.
    socket.unpipe(channel);
    socket.resume();
    socket.end();
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    timer.unref();
    socket.once("close", () => clearTimeout(timer));
  });
  if (socket.destroyed) {
    channel.close();
    tap?.closed();
    return;
  }
  if (tap !== null) watch(socket, channel, tap);
  socket.pipe(channel);
  channel.pipe(socket);
}

/**
 * A client that is gone looks like one that only ended its input, as `docker run` without stdin does at once; and
 * once a socket has been read to its end, nothing tells of its later end. But nothing can be written to a client
 * that is gone, and a write of nothing finds that out.
 */
function probeUntilGone(socket: net.Socket): void {
  const probe = () => socket.write("");
  probe();
  const timer = setInterval(probe, probeMs);
  timer.unref();
  socket.once("close", () => clearInterval(timer));
}

function watch(socket: net.Socket, channel: ClientChannel, tap: ClientTap): void {
  socket.on("data", (chunk: Buffer) => tap.sent(chunk));
  channel.on("data", (chunk: Buffer) => tap.received(chunk));
  channel.once("close", () => tap.closed());
}
