import { EventEmitter } from "node:events";
import type { ContainerSummary, PortBinding, PortForward, RunSpec } from "../contract/index.ts";
import { DetailedError } from "../errors.ts";
import type { LiveList } from "../live/live-list.ts";
import type { PortForward as GuestForward, Tunnel, TunnelEvents } from "../vm.ts";
import { isPortFree, nextFreePort, type PortProtocol } from "./availability.ts";
import { processHolding } from "./holder.ts";

/** The tunnel takes 0.0.0.0 for "this computer only"; the same address in its short form is taken literally. */
const EVERYWHERE = "0";

export interface PortsHost {
  containers: LiveList<ContainerSummary>;
  tunnel: EventEmitter<TunnelEvents> & Pick<Tunnel, "setDesiredPorts" | "forwards">;
  /** The address on which ports without one of their own are published. */
  bindAddress(): string;
}

/** Published ports of running containers, on this computer. */
export class Ports extends EventEmitter<{ change: [] }> {
  readonly #host: PortsHost;
  readonly #stop: (() => void)[] = [];

  constructor(host: PortsHost) {
    super();
    this.#host = host;
    const changed = () => this.emit("change");
    host.tunnel.on("ports", changed);
    this.#stop.push(
      () => host.tunnel.off("ports", changed),
      host.containers.onChange(() => this.apply()),
    );
  }

  close(): void {
    for (const stop of this.#stop) stop();
  }

  /** Declares the forwards anew; to be called when the bind address changed. */
  apply(): void {
    const containers = this.#host.containers.all();
    // Unknown is not empty: what was published stays so until Docker says otherwise.
    if (containers === null) return;
    this.#host.tunnel.setDesiredPorts(containers.flatMap((container) => this.#forwardsOf(container)));
  }

  /** No container can run any more, so nothing is published. */
  clear(): void {
    this.#host.tunnel.setDesiredPorts([]);
  }

  list(): PortForward[] {
    return this.#host.tunnel.forwards().map((forward) => ({
      host: forward.boundAddress === EVERYWHERE ? "0.0.0.0" : forward.boundAddress,
      hostPort: forward.hostPort,
      guestPort: forward.guestPort,
      protocol: forward.protocol,
      container: forward.container ?? "",
      state: forward.state,
      problem: forward.problem,
    }));
  }

  async check(hostPort: number): Promise<{ free: boolean; holder: string | null; nextFree: number }> {
    const container = this.#containerPublishing(hostPort, "tcp");
    const bindAddress = this.#host.bindAddress();
    const free = container === null && (await isPortFree(hostPort, bindAddress));
    if (free) return { free, holder: null, nextFree: hostPort };
    const holder = container === null ? await processHolding(hostPort) : `the container ${container}`;
    return {
      free,
      holder,
      nextFree: await nextFreePort(hostPort, bindAddress, "tcp", this.#published("tcp")),
    };
  }

  /** Gives bindings without a host port a free one; throws `port_in_use` for a port that is taken. */
  async reserve(ports: RunSpec["ports"]): Promise<PortBinding[]> {
    const reserved: PortBinding[] = [];
    for (const port of ports) {
      if (port.protocol === "sctp") {
        reserved.push(port);
        continue;
      }
      const { protocol } = port;
      const bindAddress = isLoopbackOrAny(port.hostIp) ? this.#host.bindAddress() : port.hostIp;
      const mine = reserved
        .filter((other) => other.protocol === protocol)
        .map((other) => other.hostPort ?? 0);
      const taken = new Set([...this.#published(protocol), ...mine]);
      const { hostPort } = port;
      if (hostPort !== null && hostPort !== 0) {
        await this.#demandFree(hostPort, bindAddress, protocol, taken);
        reserved.push(port);
      } else {
        reserved.push({ ...port, hostPort: await nextFreePort(49_151, bindAddress, protocol, taken) });
      }
    }
    return reserved;
  }

  async #demandFree(
    hostPort: number,
    bindAddress: string,
    protocol: PortProtocol,
    taken: ReadonlySet<number>,
  ): Promise<void> {
    if (!taken.has(hostPort) && (await isPortFree(hostPort, bindAddress, protocol))) return;
    const container = this.#containerPublishing(hostPort, protocol);
    const process = protocol === "tcp" && container === null ? await processHolding(hostPort) : null;
    const holder = container === null ? (process ?? "another program") : `the container ${container}`;
    const nextFree = await nextFreePort(hostPort, bindAddress, protocol, taken);
    throw new DetailedError(
      {
        code: "port_in_use",
        message: `Port ${hostPort} is in use by ${holder}.`,
        hint: `Use port ${nextFree}, which is free, or stop ${holder}.`,
      },
      { hostPort, protocol, holder, nextFree },
    );
  }

  #forwardsOf(container: ContainerSummary): GuestForward[] {
    if (!isUp(container)) return [];
    return container.ports.flatMap((port): GuestForward[] => {
      if (port.hostPort === null || port.protocol === "sctp") return [];
      return [
        {
          protocol: port.protocol,
          hostAddress: hostAddress(port.hostIp, this.#host.bindAddress()),
          hostPort: port.hostPort,
          guestAddress: port.hostIp,
          guestPort: port.hostPort,
          container: container.name,
        },
      ];
    });
  }

  #containerPublishing(hostPort: number, protocol: PortProtocol): string | null {
    const holds = (port: PortBinding) => port.hostPort === hostPort && port.protocol === protocol;
    const containers = this.#host.containers.all() ?? [];
    return containers.find((container) => isUp(container) && container.ports.some(holds))?.name ?? null;
  }

  #published(protocol: PortProtocol): Set<number> {
    const running = (this.#host.containers.all() ?? []).filter(isUp);
    const ports = running.flatMap((container) => container.ports);
    return new Set(ports.filter((port) => port.protocol === protocol).map((port) => port.hostPort ?? 0));
  }
}

function isUp(container: ContainerSummary): boolean {
  return container.state === "running" || container.state === "paused" || container.state === "restarting";
}

function isLoopbackOrAny(hostIp: string): boolean {
  return hostIp === "" || hostIp === "127.0.0.1";
}

function hostAddress(asked: string, bindAddress: string): string {
  if (asked !== "") return asked;
  return bindAddress === "0.0.0.0" ? EVERYWHERE : bindAddress;
}
