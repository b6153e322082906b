import { RPCHandler } from "@orpc/server/ws";
import { WebSocket } from "ws";
import type { RequestContext } from "../rpc/base.ts";
import { FlowControl } from "../rpc/flow.ts";
import { router } from "../rpc/router.ts";

/** Answers the contract on websockets, however they came in. */
export class Peers {
  readonly #handler = new RPCHandler(router);
  readonly #sockets = new Set<WebSocket>();
  readonly #context: Omit<RequestContext, "flow">;

  constructor(context: Omit<RequestContext, "flow">) {
    this.#context = context;
  }

  /** Serves one client until its socket closes, which aborts everything it asked for. */
  serve(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.terminate());
    const channel = {
      addEventListener: socket.addEventListener.bind(socket),
      send: (message: string | Uint8Array) => sendAndWait(socket, message),
    };
    void this.#handler.upgrade(channel, { context: { ...this.#context, flow: new FlowControl() } });
  }

  /** Says goodbye to every client, and ends the connections of those who do not answer in time. */
  async close(patienceMs: number): Promise<void> {
    const sockets = [...this.#sockets];
    const closed = sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    for (const socket of sockets) socket.close(1001);
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.terminate();
    }, patienceMs);
    await Promise.all(closed);
    clearTimeout(timer);
  }
}

/** Resolves once the message was handed to the system: what waits for a slow client waits in its producer. */
function sendAndWait(socket: WebSocket, message: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(message, (error) => {
      // The close of a socket ends its calls by itself.
      if (error && socket.readyState === WebSocket.OPEN) reject(error);
      else resolve();
    });
  });
}
