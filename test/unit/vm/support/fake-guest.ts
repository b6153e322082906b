import { execFile } from "node:child_process";
import http from "node:http";
import net from "node:net";
import type { Duplex } from "node:stream";
import ssh2, { type Connection } from "ssh2";
import type { MachineKeys } from "../../../../vm/host/guest/keys.ts";

/**
 * A guest without a machine: a real SSH server in this process, with a small Docker engine behind its docker
 * socket and this computer's loopback behind its TCP forwards.
 */
export class FakeGuest {
  readonly #keys: MachineKeys;
  readonly #connections = new Set<Connection>();
  readonly #sockets = new Set<net.Socket>();
  readonly #docker: http.Server;
  #server: ssh2.Server;
  /** Docker answers; otherwise its socket refuses, as before dockerd is up. */
  dockerUp = true;
  /** SSH channels are neither opened nor refused, as on a dead connection. */
  silent = false;
  opened = 0;

  constructor(keys: MachineKeys) {
    this.#keys = keys;
    this.#docker = http.createServer((request, response) => {
      if (request.url === "/_ping") response.end("OK");
      else if (request.url === "/echo") request.pipe(response);
      else if (request.url === "/forever") response.write("first ");
      else response.writeHead(404).end();
    });
    // What `docker attach` does: the connection is taken over, each side ends by itself.
    this.#docker.on("upgrade", ({ url }, socket: Duplex) => {
      socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
      let input = "";
      socket.on("data", (chunk: Buffer) => (input += chunk.toString()));
      // A command that reads to the end of its input, and one that goes on after it.
      socket.on("end", () => (url === "/attach" ? socket.end(`got ${input}`) : socket.write("going on")));
    });
    this.#server = this.#newServer();
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#connections.size;
  }

  async listen(port = 0): Promise<number> {
    this.#server = this.#newServer();
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  /** Cuts all connections, as a restore from disk does. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    for (const connection of this.#connections) connection.end();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #newServer(): ssh2.Server {
    const server = new ssh2.Server({ hostKeys: [this.#keys.hostPrivateKey] }, (connection) =>
      this.#onConnection(connection),
    );
    // The underlying sockets, to be able to cut them.
    const inner: unknown = Reflect.get(server, "_srv");
    if (inner instanceof net.Server) {
      inner.on("connection", (socket: net.Socket) => {
        this.#sockets.add(socket);
        socket.on("close", () => this.#sockets.delete(socket));
      });
    }
    return server;
  }

  #onConnection(connection: Connection): void {
    this.#connections.add(connection);
    connection.on("close", () => this.#connections.delete(connection));
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => {
      const known = ssh2.utils.parseKey(this.#keys.clientPublicKey);
      if (context.method !== "publickey" || known instanceof Error) context.reject(["publickey"]);
      else if (!context.key.data.equals(known.getPublicSSH())) context.reject();
      else context.accept();
    });
    connection.on("openssh.streamlocal" as "tcpip", (accept, reject) => {
      if (this.silent) return;
      if (!this.dockerUp) {
        reject();
        return;
      }
      this.opened += 1;
      // The engine serves the channel as if it were a connection of its own.
      this.#docker.emit("connection", accept());
    });
    connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
      const target = net.connect({ host: destIP, port: destPort, allowHalfOpen: true });
      target.once("error", () => reject());
      target.once("connect", () => {
        const channel = accept();
        channel.pipe(target);
        target.pipe(channel);
      });
    });
    connection.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        const child = execFile("/bin/sh", ["-c", command], (error, stdout, stderr) => {
          channel.stderr.write(stderr);
          channel.write(stdout);
          channel.exit(typeof error?.code === "number" ? error.code : 0);
          channel.end();
        });
        if (child.stdin) channel.pipe(child.stdin);
      });
    });
  }
}
