import { EventEmitter } from "node:events";
import type net from "node:net";
import type { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import { BerthError, describeError } from "../errors.ts";
import type {
  ClientTap,
  ClientWatch,
  ExecOptions,
  ExecResult,
  Logger,
  PortForward,
  PortForwardStatus,
  ShellOptions,
  ShellSession,
  Tunnel,
  TunnelEvents,
  TunnelState,
} from "../types.ts";
import { execCommand, openShellSession } from "./commands.ts";
import { listenLocally } from "./local-server.ts";
import { PortForwards, type UdpForwarder } from "./port-forwards.ts";
import { splice } from "./splice.ts";
import { ChannelTimeout, openTcp, openUnix } from "./ssh-connection.ts";
import { type LinkTarget, SshLink } from "./ssh-link.ts";
import { answerUnavailable } from "./unavailable.ts";

export interface GuestTunnelOptions {
  dockerSocket: string;
  logger: Logger;
  /**
   * Called when somebody wants into the guest while the machine does not run. A promise means "on its way,
   * wait"; null means that nothing will come. `wake`: a client is at the door, for whom the machine shall be
   * woken; our own calls wait for what is under way, but wake nothing.
   */
  onIncoming: (wake: boolean) => Promise<void> | null;
  /** How long arriving connections wait for the guest. */
  patienceMs?: number;
}

const guestDockerSocket = "/run/docker.sock";
const channelTimeoutMs = 10_000;
const leaveTimeoutMs = 1_000;

/** The supervised way into the guest: Docker socket, published ports, commands. */
export class GuestTunnel extends EventEmitter<TunnelEvents> implements Tunnel {
  readonly #options: GuestTunnelOptions;
  readonly #logger: Logger;
  readonly #link: SshLink;
  readonly #forwards: PortForwards;
  readonly #patienceMs: number;
  readonly #sockets = new Set<net.Socket>();
  #server: net.Server | null = null;
  #watchClient: ClientWatch | null = null;
  #udp: UdpForwarder | null = null;
  #awayBecause: BerthError = notRunning();

  constructor(options: GuestTunnelOptions) {
    super();
    this.#options = options;
    this.#logger = options.logger;
    this.#patienceMs = options.patienceMs ?? 30_000;
    this.#link = new SshLink(options.logger, guestDockerSocket);
    this.#forwards = new PortForwards({
      logger: options.logger,
      reachable: () => this.#link.connected,
      carry: (socket, address, port) => void this.#carryPort(socket, address, port),
      udp: () => this.#udp,
      changed: (statuses) => this.emit("ports", statuses),
    });
    this.#link.on("state", (state) => {
      this.emit("state", state);
      this.#forwards.reconcile();
    });
  }

  get state(): TunnelState {
    return this.#link.state;
  }

  /** Serves the Docker socket on the host; stays so until `close`, whatever the guest does. */
  async serve(): Promise<void> {
    this.#server ??= await listenLocally(this.#options.dockerSocket, (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.#sockets.delete(socket));
      void this.#carryDocker(socket);
    });
  }

  /** The guest is, or will soon be, at this address: connect and stay connected. */
  open(target: LinkTarget, udp: UdpForwarder): void {
    this.#udp = udp;
    this.#link.open(target);
    this.#forwards.reconcile();
  }

  /** A moment worth a new attempt: the guest's sshd has come up, the computer woke. */
  poke(): void {
    this.#link.poke();
  }

  /** The guest stands still on purpose: its silence means nothing. */
  hold(): void {
    this.#link.hold();
  }

  release(): void {
    this.#link.release();
  }

  /** The guest is gone; connections that arrive are told why. */
  shut(reason: BerthError): void {
    this.#awayBecause = reason;
    this.#udp = null;
    this.#link.shut();
    this.#forwards.reconcile();
  }

  /** As `shut`, but first lets the guest end what its clients had begun. */
  async leave(reason: BerthError): Promise<void> {
    this.#awayBecause = reason;
    this.#udp = null;
    await this.#link.leave(leaveTimeoutMs);
    this.#forwards.reconcile();
  }

  /** `listener` hears when SSH works, which is before Docker does. */
  onConnected(listener: () => void): void {
    this.#link.on("connected", listener);
  }

  offConnected(listener: () => void): void {
    this.#link.off("connected", listener);
  }

  async close(): Promise<void> {
    this.#forwards.close();
    this.#link.shut();
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    this.#server = null;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  async ready(timeoutMs = this.#patienceMs): Promise<void> {
    await this.#link.whenUp(timeoutMs);
  }

  async exec(command: string[], options: ExecOptions = {}): Promise<ExecResult> {
    return execCommand(await this.#connection(), command, options);
  }

  async openShell(options: ShellOptions = {}): Promise<ShellSession> {
    return openShellSession(await this.#connection(), options);
  }

  connectUnix(path: string): Promise<Duplex> {
    return this.#channel((client) => openUnix(client, path, channelTimeoutMs), "connected", false);
  }

  connectTcp(host: string, port: number): Promise<Duplex> {
    return this.#channel((client) => openTcp(client, host, port, channelTimeoutMs), "connected", false);
  }

  setDesiredPorts(forwards: PortForward[]): void {
    this.#forwards.setDesired(forwards);
  }

  forwards(): PortForwardStatus[] {
    return this.#forwards.statuses();
  }

  watchClients(watch: ClientWatch): void {
    this.#watchClient = watch;
  }

  #tap(kind: "docker" | "port"): ClientTap | null {
    return this.#watchClient?.(kind) ?? null;
  }

  async #carryDocker(socket: net.Socket): Promise<void> {
    try {
      const channel = await this.#channel(
        (client) => openUnix(client, guestDockerSocket, channelTimeoutMs),
        "up",
        true,
      );
      splice(socket, channel, this.#tap("docker"));
    } catch (error) {
      this.#logger.debug("A Docker connection was turned away", { error: describeError(error) });
      answerUnavailable(socket, error instanceof BerthError ? error : unreachable(error));
    }
  }

  async #carryPort(socket: net.Socket, address: string, port: number): Promise<void> {
    try {
      const client = await this.#connection("connected", true);
      splice(socket, await openTcp(client, address, port, channelTimeoutMs), this.#tap("port"));
    } catch (error) {
      // The guest refused: closing is what a refused connection looks like this late.
      this.#logger.debug("A published port was not reached", { port, error: describeError(error) });
      socket.destroy();
    }
  }

  /**
   * Opens a channel, outlasting reconnects: a guest that comes back within our patience is not noticed by
   * the client.
   */
  async #channel(
    open: (client: Client) => Promise<ClientChannel>,
    need: "connected" | "up",
    wake: boolean,
  ): Promise<ClientChannel> {
    const deadline = Date.now() + this.#patienceMs;
    for (;;) {
      const client = await this.#connection(need, wake, Math.max(1, deadline - Date.now()));
      try {
        return await open(client);
      } catch (error) {
        // A refusal by the guest is an answer, unless Docker was promised to be there.
        if (need === "connected" && !(error instanceof ChannelTimeout)) throw error;
        if (Date.now() >= deadline) throw error;
        this.#logger.debug("A channel did not open, trying again", { error: describeError(error) });
        this.#link.doubt(client);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async #connection(
    need: "connected" | "up" = "connected",
    wake = false,
    patienceMs = this.#patienceMs,
  ): Promise<Client> {
    if (this.#link.state === "down") {
      const coming = this.#options.onIncoming(wake);
      if (coming === null) throw this.#awayBecause;
      // What brings the guest back has time-outs of its own for each step.
      await coming;
      return need === "up" ? this.#link.whenUp(patienceMs) : this.#link.whenConnected(patienceMs);
    }
    return need === "up" ? this.#link.whenUp(patienceMs) : this.#link.whenConnected(patienceMs);
  }
}

function notRunning(): BerthError {
  return new BerthError({
    code: "vm_not_running",
    message: "The VM does not run.",
    hint: "Start it with `berth start`.",
  });
}

function unreachable(cause: unknown): BerthError {
  return new BerthError({
    code: "docker_unreachable",
    message: "The Docker engine in the VM could not be reached.",
    hint: "Look at `berth status`; `berth restart` helps if it does not recover by itself.",
    cause,
  });
}
