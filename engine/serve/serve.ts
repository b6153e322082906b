import http from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { MAX_MESSAGE_BYTES, RPC_PATH } from "../contract/protocol.ts";
import { BerthError, type Logger, systemCode } from "../vm.ts";
import { Access, cookieName, cookieOf, isOwnHost, isOwnOrigin } from "./access.ts";
import { fileForPath, securityHeaders, sendFile } from "./files.ts";

interface Listening {
  server: http.Server;
  access: Access;
  host: string;
  port: number;
  sockets: Set<WebSocket>;
}

/** What a served window needs: its files, and somebody who answers its websocket. */
export interface ServeHost {
  /** Folder of the built window, or null where this installation has none. */
  rendererFolder: string | null;
  logger: Logger;
}

/**
 * Serves the window over HTTP, for a browser. The only thing in Berth that listens on TCP for its own sake,
 * and only while somebody asked for it: see docs/contract.md, "Security".
 */
export class Serve {
  readonly #host: ServeHost;
  #answer: ((socket: WebSocket) => void) | null = null;
  #listening: Listening | null = null;

  constructor(host: ServeHost) {
    this.#host = host;
  }

  /** Says who answers the contract on accepted websockets. */
  attach(answer: (socket: WebSocket) => void): void {
    this.#answer = answer;
  }

  /**
   * Listens on an address (port 0: any free one) and answers the address to open, which holds a token that
   * works once. Serving there already, it only makes a new token.
   */
  async start(host: string, port: number): Promise<string> {
    const current = this.#listening;
    const same = current !== null && current.host === host && (port === 0 || current.port === port);
    if (!same) {
      await this.stop();
      this.#listening = await this.#listen(host, port);
    }
    const listening = this.#listening;
    if (listening === null) throw new TypeError("not listening");
    return `${addressOf(listening)}/?token=${listening.access.issueToken()}`;
  }

  /** Ends serving: every browser loses its connection and its session. */
  async stop(): Promise<void> {
    const listening = this.#listening;
    if (listening === null) return;
    this.#listening = null;
    for (const socket of listening.sockets) socket.terminate();
    listening.server.closeAllConnections();
    await new Promise((resolve) => listening.server.close(resolve));
  }

  async #listen(host: string, port: number): Promise<Listening> {
    const root = this.#host.rendererFolder;
    if (root === null) {
      throw new BerthError({
        code: "window_not_built",
        message: "The window's files are not beside this program, so they cannot be served.",
        hint: "npm start builds them.",
      });
    }
    const access = new Access();
    const server = http.createServer((request, response) => {
      this.#respond(request, response, access, root).catch((error: unknown) => {
        this.#host.logger.debug("request ended early", { error });
        response.destroy();
      });
    });
    await listen(server, host, port);
    const bound = server.address();
    const listening: Listening = {
      server,
      access,
      host,
      port: typeof bound === "object" && bound !== null ? bound.port : port,
      sockets: new Set(),
    };
    const upgrader = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
    server.on("upgrade", (request, socket, head) => {
      if (!mayConnect(request, listening)) {
        refuse(socket);
        return;
      }
      upgrader.handleUpgrade(request, socket, head, (webSocket) => {
        listening.sockets.add(webSocket);
        webSocket.on("close", () => listening.sockets.delete(webSocket));
        this.#answer?.(webSocket);
      });
    });
    this.#host.logger.info("window served", { host, port: listening.port });
    return listening;
  }

  async #respond(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    access: Access,
    root: string,
  ): Promise<void> {
    const refusal = refusalOf(request);
    for (const [name, value] of Object.entries(
      securityHeaders(refusal ? "" : (request.headers.host ?? "")),
    )) {
      response.setHeader(name, value);
    }
    if (refusal) {
      sendText(response, refusal.status, refusal.text);
      return;
    }
    const url = new URL(request.url ?? "/", "http://berth");
    const cookie = cookieName(request.socket.localPort ?? 0);
    const token = url.searchParams.get("token");
    const session = token === null ? null : access.exchange(token);
    if (session !== null) {
      response.setHeader("Set-Cookie", `${cookie}=${session}; HttpOnly; SameSite=Strict; Path=/`);
      response.writeHead(303, { Location: "/" }).end();
      return;
    }
    if (!access.isKnown(cookieOf(request, cookie))) {
      sendText(
        response,
        401,
        "This address needs a fresh token: run `berth serve` again and open what it prints.",
      );
      return;
    }
    if (token !== null) {
      // A known browser that opened a used address again.
      response.writeHead(303, { Location: "/" }).end();
      return;
    }
    const file = fileForPath(url.pathname, root);
    if (file === null || !(await sendFile(file, response))) sendText(response, 404, "There is nothing here.");
  }
}

function refusalOf(request: http.IncomingMessage): { status: number; text: string } | null {
  if (!isOwnHost(request)) return { status: 421, text: "This server answers to its own name only." };
  if (!isOwnOrigin(request, false)) return { status: 403, text: "Other sites cannot use this server." };
  if (request.method !== "GET" && request.method !== "HEAD")
    return { status: 405, text: "Only reading is possible." };
  return null;
}

function mayConnect(request: http.IncomingMessage, { access, port }: Listening): boolean {
  return (
    request.url === RPC_PATH &&
    isOwnHost(request) &&
    isOwnOrigin(request, true) &&
    access.isKnown(cookieOf(request, cookieName(port)))
  );
}

function refuse(socket: Duplex): void {
  socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

function sendText(response: http.ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}

function addressOf({ host, port }: Listening): string {
  if (host === "0.0.0.0" || host === "::") return `http://127.0.0.1:${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function listen(server: http.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const taken = systemCode(cause) === "EADDRINUSE";
      reject(
        new BerthError({
          code: taken ? "port_in_use" : "listen_failed",
          message: taken
            ? `Port ${port} on ${host} is in use by another program.`
            : `The window cannot be served on ${host}:${port}.`,
          hint: "Choose another one: berth serve --listen ADDRESS:PORT.",
          cause,
        }),
      );
    });
    server.listen({ host, port }, resolve);
  });
}
