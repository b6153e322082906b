import type { Duplex } from "node:stream";
import ssh2, { type ClientChannel, type Client } from "ssh2";
import { connectEndpoint } from "../endpoint.ts";
import type { MachineKeys } from "../guest/keys.ts";

export interface SshOptions {
  port: number;
  keys: MachineKeys;
  /** User-mode networking accepts before the guest listens: a silent server is none. */
  bannerTimeoutMs: number;
  handshakeTimeoutMs: number;
  signal: AbortSignal;
}

const closedClients = new WeakSet<Client>();

/** Whether the connection has ended, even if that was before anybody listened. */
export function hasEnded(client: Client): boolean {
  return closedClients.has(client);
}

/** Connects, with the guest's pinned key and ours. The algorithms are the fastest that both sides have. */
export async function connectSsh(options: SshOptions): Promise<Client> {
  const socket = await connectEndpoint({ host: "127.0.0.1", port: options.port }, options.bannerTimeoutMs);
  socket.setNoDelay(true);
  try {
    await firstBytes(socket, options.bannerTimeoutMs, options.signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    const abort = () => {
      client.destroy();
      reject(new Error("aborted"));
    };
    const settle = () => options.signal.removeEventListener("abort", abort);
    options.signal.addEventListener("abort", abort, { once: true });
    client.once("ready", () => {
      settle();
      resolve(client);
    });
    client.on("error", (error) => {
      settle();
      reject(error);
    });
    client.once("close", () => {
      closedClients.add(client);
      settle();
      reject(new Error("the SSH connection closed during its handshake"));
    });
    client.connect({
      sock: socket,
      username: "root",
      privateKey: options.keys.clientPrivateKey,
      readyTimeout: options.handshakeTimeoutMs,
      // Asking which methods there are would cost a round trip.
      authHandler: ["publickey"],
      hostVerifier: (key: Buffer) => key.equals(options.keys.hostPublicBlob),
      algorithms: {
        kex: ["curve25519-sha256", "curve25519-sha256@libssh.org"],
        serverHostKey: ["ssh-ed25519"],
        cipher: ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"],
        compress: ["none"],
      },
    });
  });
}

/** Waits until the server has spoken, and leaves what it said in the stream. */
function firstBytes(socket: Duplex, timeoutMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error: Error | null) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("data", onData);
      socket.off("close", onClose);
      if (error) reject(error);
      else resolve();
    };
    const onData = (chunk: Buffer) => {
      socket.pause();
      socket.unshift(chunk);
      finish(null);
    };
    const onClose = () => finish(new Error("the connection closed before the SSH banner"));
    const onAbort = () => finish(new Error("aborted"));
    const timer = setTimeout(() => finish(new Error("no SSH banner yet")), timeoutMs);
    socket.once("data", onData);
    socket.once("close", onClose);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** A stream to a unix socket in the guest. */
export function openUnix(client: Client, path: string, timeoutMs: number): Promise<ClientChannel> {
  return opened(timeoutMs, (callback) => client.openssh_forwardOutStreamLocal(path, callback));
}

/** A stream to a TCP address as the guest sees it. */
export function openTcp(
  client: Client,
  host: string,
  port: number,
  timeoutMs: number,
): Promise<ClientChannel> {
  return opened(timeoutMs, (callback) => client.forwardOut("127.0.0.1", 0, host, port, callback));
}

/** A time-out means that the connection itself is dead, unlike a refusal by the guest. */
export class ChannelTimeout extends Error {}

export function opened(
  timeoutMs: number,
  open: (callback: (error: Error | undefined, channel: ClientChannel) => void) => void,
): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(new ChannelTimeout(`the guest did not answer within ${timeoutMs} ms`));
    }, timeoutMs);
    const settle = (error: Error | undefined, channel: ClientChannel) => {
      clearTimeout(timer);
      if (error) reject(error);
      else if (late) channel.close();
      else {
        channel.on("error", () => undefined);
        resolve(channel);
      }
    };
    try {
      open(settle);
    } catch (error) {
      clearTimeout(timer);
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
}
