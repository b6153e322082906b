import type Docker from "dockerode";
import type { ContainerSummary, PortBinding } from "../contract/index.ts";
import { imageDefaults } from "../docker/index.ts";
import { BerthError } from "../vm.ts";
import type { ProjectRecord } from "./record.ts";
import type { ResolvedProject } from "./resolved.ts";

interface HostPorts {
  reserve(ports: PortBinding[]): Promise<PortBinding[]>;
  check(hostPort: number): Promise<{ free: boolean; nextFree: number }>;
}

/** Throws `port_in_use` when a port that services publish is taken by anything but the project itself. */
export async function demandFreePorts(
  ports: HostPorts,
  project: ResolvedProject,
  services: readonly string[],
  own: readonly ContainerSummary[],
): Promise<void> {
  const mine = new Set(
    own.flatMap((container) => container.ports.map((port) => `${port.hostPort ?? 0}/${port.protocol}`)),
  );
  const wanted = services.flatMap((name) => project.services[name]?.ports ?? []);
  const bindings = wanted.flatMap((port): PortBinding[] => {
    const hostPort = Number(port.published);
    const protocol = port.protocol === "udp" ? "udp" : "tcp";
    // A range, or none at all: Docker chooses.
    if (!Number.isInteger(hostPort) || hostPort < 1 || mine.has(`${hostPort}/${protocol}`)) return [];
    return [{ hostIp: port.host_ip ?? "", hostPort, containerPort: port.target, protocol }];
  });
  await ports.reserve(bindings);
}

/** Throws `port_in_use` when a service publishes a fixed port, which only one container can have. */
export function demandScalable(project: ResolvedProject, service: string, replicas: number): void {
  const fixed = project.services[service]?.ports.find((port) => /^\d+$/.test(port.published ?? ""));
  if (replicas <= 1 || fixed === undefined) return;
  throw new BerthError({
    code: "port_in_use",
    message: `"${service}" publishes port ${fixed.published ?? ""}, which only one container can have.`,
    hint: "Take the published port out of the Compose file, or give it a range of ports, then scale.",
  });
}

/** Free ports of this computer for what an image exposes; those chosen before are kept where that is possible. */
export async function choosePorts(
  host: { docker: Docker; ports: HostPorts },
  image: string,
  before: ProjectRecord["ports"],
  own: readonly ContainerSummary[],
): Promise<ProjectRecord["ports"]> {
  const exposed = (await imageDefaults(host.docker, image)).ports;
  const mine = new Set(own.flatMap((container) => container.ports.map((port) => port.hostPort)));
  const chosen: ProjectRecord["ports"] = [];
  for (const { containerPort, protocol } of exposed) {
    if (protocol === "sctp") continue;
    const last = before.find((port) => port.containerPort === containerPort && port.protocol === protocol);
    const wish = last?.hostPort ?? (containerPort < 1024 ? 8000 + containerPort : containerPort);
    const taken = chosen.some((port) => port.hostPort === wish);
    const { free, nextFree } = await host.ports.check(wish);
    const hostPort = !taken && (free || mine.has(wish)) ? wish : nextFree;
    chosen.push({ containerPort, protocol, hostPort });
  }
  return chosen;
}
