import { EventEmitter } from "node:events";
import type net from "node:net";
import type { Duplex } from "node:stream";
import {
  BerthError,
  type ClientWatch,
  type ExecOptions,
  type ExecResult,
  type Logger,
  type PortForward,
  type PortForwardStatus,
  type ShellOptions,
  type ShellSession,
  type Tunnel,
  type TunnelEvents,
  type TunnelState,
} from "../../../vm/host/index.ts";
import { connectEndpoint } from "../../../vm/host/endpoint.ts";
import { listenLocally } from "../../../vm/host/tunnel/local-server.ts";
import { PortForwards } from "../../../vm/host/tunnel/port-forwards.ts";
import type { LocalGuest } from "./guest.ts";
import { execInGuest, openGuestShell } from "./guest-commands.ts";
import type { Relay } from "./relay.ts";

const dockerSocket = "/run/docker.sock";
const connectTimeoutMs = 10_000;
/** How long a client's connection waits for a dockerd that is being started again. */
const patienceMs = 15_000;

/** The ways into a local guest, behind the face that the SSH tunnel has. UDP ports are not forwarded. */
export class LocalTunnel extends EventEmitter<TunnelEvents> implements Tunnel {
  readonly #forwards: PortForwards;
  readonly #sockets = new Set<net.Socket>();
  #server: net.Server | null = null;
  #way: { guest: LocalGuest; relay: Relay } | null = null;

  constructor(logger: Logger) {
    super();
    this.#forwards = new PortForwards({
      logger,
      reachable: () => this.#way !== null,
      carry: (socket, address, port) => void this.#join(socket, this.connectTcp(address, port)),
      udp: () => null,
      changed: (statuses) => this.emit("ports", statuses),
    });
  }

  get state(): TunnelState {
    return this.#way === null ? "down" : "up";
  }

  /** Serves the Docker socket on the host, whether a guest is there or not. */
  async serve(hostSocket: string): Promise<void> {
    this.#server = await listenLocally(hostSocket, (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      void this.#join(socket, this.connectUnix(dockerSocket));
    });
  }

  open(guest: LocalGuest, relay: Relay): void {
    this.#way = { guest, relay };
    this.#announce();
  }

  shut(): void {
    this.#way?.relay.close();
    this.#way = null;
    this.#announce();
  }

  close(): void {
    this.#forwards.close();
    this.#way?.relay.close();
    this.#way = null;
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  ready(): Promise<void> {
    return this.#inside().then(() => undefined);
  }

  async exec(command: string[], options?: ExecOptions): Promise<ExecResult> {
    return execInGuest((await this.#inside()).guest, command, options);
  }

  async openShell(options?: ShellOptions): Promise<ShellSession> {
    return openGuestShell((await this.#inside()).guest, options);
  }

  async connectUnix(path: string): Promise<Duplex> {
    const { guest } = await this.#inside();
    const deadline = Date.now() + patienceMs;
    for (;;) {
      try {
        return await connectEndpoint({ path: `${guest.root}${path}` }, connectTimeoutMs, {
          allowHalfOpen: true,
        });
      } catch (error) {
        if (path !== dockerSocket || this.#way === null || Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async connectTcp(host: string, port: number): Promise<Duplex> {
    return (await this.#inside()).relay.connect(host, port);
  }

  setDesiredPorts(forwards: PortForward[]): void {
    this.#forwards.setDesired(forwards);
  }

  forwards(): PortForwardStatus[] {
    return this.#forwards.statuses();
  }

  watchClients(_watch: ClientWatch): void {
    // What idle suspend watches; this machine cannot be suspended.
  }

  async #join(socket: net.Socket, coming: Promise<Duplex>): Promise<void> {
    socket.on("error", () => undefined);
    try {
      const channel = await coming;
      channel.on("error", () => socket.destroy());
      channel.on("close", () => socket.destroySoon());
      socket.on("close", () => channel.destroy());
      socket.pipe(channel);
      channel.pipe(socket);
    } catch {
      socket.destroy();
    }
  }

  #announce(): void {
    this.emit("state", this.state);
    this.#forwards.reconcile();
  }

  #inside(): Promise<{ guest: LocalGuest; relay: Relay }> {
    if (this.#way !== null) return Promise.resolve(this.#way);
    return Promise.reject(
      new BerthError({
        code: "vm_not_running",
        message: "The VM does not run.",
        hint: "Start it with `berth start`.",
      }),
    );
  }
}
