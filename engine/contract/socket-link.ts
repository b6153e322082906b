import type { ClientContext } from "@orpc/client";
import { type StandardLinkClient, StandardRPCLink } from "@orpc/client/standard";
import { ClientPeer } from "@orpc/standard-server-peer";
import { WebSocket } from "ws";

/** Carries the contract's calls over a websocket of Node. */
export function socketLink(socket: WebSocket): StandardRPCLink<ClientContext> {
  return new StandardRPCLink(new SocketClient(socket), { url: "http://engine" });
}

class SocketClient implements StandardLinkClient<ClientContext> {
  readonly #peer: ClientPeer;

  constructor(socket: WebSocket) {
    this.#peer = new ClientPeer((message) => sendWhenOpen(socket, message));
    socket.on("message", (data, isBinary) => {
      const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
      void this.#peer.message(isBinary ? bytes : bytes.toString("utf8"));
    });
    socket.on("close", () => {
      this.#peer.close({ reason: new Error("The connection to the engine was closed.") });
    });
  }

  async call(request: Parameters<StandardLinkClient<ClientContext>["call"]>[0]) {
    const response = await this.#peer.request(request);
    return { ...response, body: () => Promise.resolve(response.body) };
  }
}

async function sendWhenOpen(
  socket: WebSocket,
  message: string | ArrayBufferLike | Uint8Array,
): Promise<void> {
  if (socket.readyState === WebSocket.CONNECTING) {
    await new Promise<void>((resolve) => {
      socket.once("open", resolve);
      socket.once("close", () => resolve());
    });
  }
  await new Promise<void>((resolve, reject) => {
    if (socket.readyState !== WebSocket.OPEN) reject(new Error("The connection to the engine is closed."));
    else socket.send(message, (error) => (error ? reject(error) : resolve()));
  });
}
