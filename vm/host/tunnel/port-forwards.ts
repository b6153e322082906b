import net from "node:net";
import { describeError, systemCode } from "../errors.ts";
import type { Logger, PortForward, PortForwardStatus } from "../types.ts";

/** What the forwards need of their surroundings. */
export interface ForwardHost {
  logger: Logger;
  /** Whether the guest can be reached now. */
  reachable(): boolean;
  /** Carries an accepted connection to the guest. */
  carry(socket: net.Socket, guestAddress: string, guestPort: number): void;
  /** UDP goes past the tunnel, through the virtual network; null while the machine does not run. */
  udp(): UdpForwarder | null;
  changed(statuses: PortForwardStatus[]): void;
}

export interface UdpForwarder {
  addUdpForward(hostAddress: string, hostPort: number, guestPort: number): Promise<void>;
  removeUdpForward(hostAddress: string, hostPort: number): Promise<void>;
}

interface Entry {
  forward: PortForward;
  boundAddress: string;
  server: net.Server | null;
  /** The machine that knows our UDP rule: a machine that is new must be told again. */
  udpKnownTo: UdpForwarder | null;
  bound: boolean;
  problem: string | null;
  sockets: Set<net.Socket>;
}

const retryMs = 5_000;

/**
 * Keeps the declared set of forwards: binds what is new, frees what is gone, and tries again what failed
 * because a port was taken. Bound ports stay bound while the guest is away; connections then wait.
 */
export class PortForwards {
  readonly #host: ForwardHost;
  readonly #entries = new Map<string, Entry>();
  #retryTimer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(host: ForwardHost) {
    this.#host = host;
  }

  setDesired(forwards: PortForward[]): void {
    if (this.#closed) return;
    const wanted = new Map(forwards.map((forward) => [keyOf(forward), forward]));
    for (const [key, entry] of this.#entries) {
      if (!wanted.has(key)) {
        this.#entries.delete(key);
        this.#unbind(entry);
      }
    }
    for (const [key, forward] of wanted) {
      const present = this.#entries.get(key);
      if (present) {
        present.forward = forward;
        continue;
      }
      this.#entries.set(key, {
        forward,
        boundAddress: localAddress(forward.hostAddress),
        server: null,
        udpKnownTo: null,
        bound: false,
        problem: null,
        sockets: new Set(),
      });
    }
    this.reconcile();
  }

  /** Brings every forward as far as it can be now. To be called when the guest comes or goes. */
  reconcile(): void {
    for (const entry of this.#entries.values()) {
      if (entry.forward.protocol === "tcp") this.#bindTcp(entry);
      else void this.#bindUdp(entry);
    }
    this.#announce();
  }

  statuses(): PortForwardStatus[] {
    const reachable = this.#host.reachable();
    return [...this.#entries.values()].map((entry) => ({
      ...entry.forward,
      boundAddress: entry.boundAddress,
      problem: entry.problem,
      state: entry.problem ? "failed" : entry.bound && reachable ? "listening" : "waiting",
    }));
  }

  close(): void {
    this.#closed = true;
    if (this.#retryTimer) clearTimeout(this.#retryTimer);
    for (const entry of this.#entries.values()) this.#unbind(entry);
    this.#entries.clear();
  }

  #bindTcp(entry: Entry): void {
    if (entry.server) return;
    const { forward } = entry;
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      socket.setNoDelay(true);
      entry.sockets.add(socket);
      socket.on("close", () => entry.sockets.delete(socket));
      socket.on("error", () => undefined);
      this.#host.carry(socket, localAddress(forward.guestAddress), forward.guestPort);
    });
    entry.server = server;
    server.on("error", (error) => {
      entry.server = null;
      entry.bound = false;
      entry.problem = bindProblem(error, entry);
      this.#host.logger.warn("A port could not be published", { problem: entry.problem });
      this.#retryLater();
      this.#announce();
    });
    server.listen({ host: entry.boundAddress, port: forward.hostPort, exclusive: true }, () => {
      if (entry.server !== server) {
        server.close();
        return;
      }
      entry.bound = true;
      entry.problem = null;
      this.#announce();
    });
  }

  async #bindUdp(entry: Entry): Promise<void> {
    const machine = this.#host.udp();
    if (machine === null) {
      entry.bound = false;
      entry.udpKnownTo = null;
      return;
    }
    if (entry.udpKnownTo === machine) return;
    entry.udpKnownTo = machine;
    const { hostPort, guestPort } = entry.forward;
    try {
      await machine.addUdpForward(entry.boundAddress, hostPort, guestPort);
      entry.bound = true;
      entry.problem = null;
      // The forward may have been withdrawn meanwhile.
      if (this.#entries.get(keyOf(entry.forward)) !== entry) this.#unbind(entry);
    } catch (error) {
      entry.udpKnownTo = null;
      entry.bound = false;
      entry.problem = `UDP port ${hostPort} on ${entry.boundAddress} could not be published; another program may hold it. Choose another host port.`;
      this.#host.logger.warn("A UDP port could not be published", { error: describeError(error) });
      this.#retryLater();
    }
    this.#announce();
  }

  #unbind(entry: Entry): void {
    entry.server?.close();
    entry.server = null;
    for (const socket of entry.sockets) socket.destroy();
    if (entry.bound && entry.udpKnownTo) {
      entry.udpKnownTo
        .removeUdpForward(entry.boundAddress, entry.forward.hostPort)
        .catch((error: unknown) =>
          this.#host.logger.debug("A UDP port could not be withdrawn", { error: describeError(error) }),
        );
    }
    entry.bound = false;
    entry.udpKnownTo = null;
  }

  /** Only while something has failed: the other program may end, and nothing tells us of that. */
  #retryLater(): void {
    if (this.#retryTimer || this.#closed) return;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = null;
      if ([...this.#entries.values()].some((entry) => entry.problem !== null)) this.reconcile();
    }, retryMs);
    this.#retryTimer.unref();
  }

  #announce(): void {
    if (!this.#closed) this.#host.changed(this.statuses());
  }
}

function keyOf(forward: PortForward): string {
  const { protocol, hostAddress, hostPort, guestAddress, guestPort } = forward;
  return [protocol, localAddress(hostAddress), hostPort, localAddress(guestAddress), guestPort].join(" ");
}

/** "Everywhere" means this computer only, unless somebody asks for an address by name. */
function localAddress(address: string): string {
  return address === "" || address === "0.0.0.0" || address === "::" ? "127.0.0.1" : address;
}

function bindProblem(error: Error, entry: Entry): string {
  const where = `Port ${entry.forward.hostPort} on ${entry.boundAddress}`;
  switch (systemCode(error)) {
    case "EADDRINUSE":
      return `${where} is in use by another program. End that program or choose another host port; it is tried again by itself.`;
    case "EACCES":
      return `${where} needs administrator rights (ports below 1024 do). Choose a host port of 1024 or above.`;
    case "EADDRNOTAVAIL":
      return `${where} cannot be bound: this computer has no such address. Publish on 127.0.0.1 instead.`;
    default:
      return `${where} cannot be bound: ${error.message}.`;
  }
}
