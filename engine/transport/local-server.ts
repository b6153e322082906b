import { chmod, rm } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import { WebSocketServer } from "ws";
import { MAX_MESSAGE_BYTES, RPC_PATH } from "../contract/protocol.ts";
import { BerthError, systemCode } from "../vm.ts";
import type { Peers } from "./peers.ts";

/** The engine's own door: a socket in the home that only its owner can open, or a named pipe. */
export class LocalServer {
  readonly #endpoint: string;
  readonly #server: http.Server;

  /** `identity` is answered to plain requests, for clients that speak another protocol version. */
  constructor(endpoint: string, peers: Peers, identity: () => unknown) {
    this.#endpoint = endpoint;
    this.#server = http.createServer((request, response) => {
      if (request.method !== "GET" || request.url !== "/identity") {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(identity()));
    });
    const upgrader = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
    this.#server.on("upgrade", (request, socket, head) => {
      if (request.url !== RPC_PATH) {
        socket.destroy();
        return;
      }
      upgrader.handleUpgrade(request, socket, head, (webSocket) => peers.serve(webSocket));
    });
  }

  /** Listens, in place of a socket file that nobody serves any more. */
  async listen(): Promise<void> {
    if (process.platform !== "win32") await clearStaleSocket(this.#endpoint);
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause) => reject(listenError(this.#endpoint, cause)));
      this.#server.listen(this.#endpoint, resolve);
    });
    if (process.platform !== "win32") await chmod(this.#endpoint, 0o600);
  }

  /** Takes no more clients and removes the socket; those who are connected stay. */
  close(): void {
    this.#server.close();
  }
}

async function clearStaleSocket(endpoint: string): Promise<void> {
  if (await isAnswered(endpoint)) {
    throw new BerthError({
      code: "engine_socket_taken",
      message: `Another program answers on ${endpoint}.`,
      hint: "End it, or set BERTH_HOME to another folder.",
    });
  }
  await rm(endpoint, { force: true });
}

function isAnswered(endpoint: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ path: endpoint });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function listenError(endpoint: string, cause: unknown): BerthError {
  const full = systemCode(cause) === "ENOSPC";
  return new BerthError({
    code: full ? "disk_full" : "engine_socket_failed",
    message: `The engine cannot listen on ${endpoint}${full ? ", because the disk is full" : ""}.`,
    hint: full
      ? "Free some space and try again."
      : "Check who owns the folder, or set BERTH_HOME to another one.",
    cause,
  });
}
