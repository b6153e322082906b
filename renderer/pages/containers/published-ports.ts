import type { ContainerSummary, PortForward } from "../../../engine/contract/index.ts";

export interface ShownPort {
  /** Unique within its container. */
  key: string;
  label: string;
  /** What the label leaves out. */
  title: string;
  /** Where a browser finds it, or null where there is nothing to open. */
  href: string | null;
  problem: string | null;
}

/** The published ports of a container: as links while something answers there. */
export function shownPorts(container: ContainerSummary, forwards: readonly PortForward[]): ShownPort[] {
  const shown = new Map<string, ShownPort>();
  for (const binding of container.ports) {
    const { hostPort, containerPort, protocol } = binding;
    // A port that the image only declares is not reachable; Docker lists IPv4 and IPv6 apart.
    if (hostPort === null || hostPort === 0) continue;
    const key = `${hostPort}/${protocol}`;
    if (shown.has(key)) continue;
    const forward = forwards.find((item) => item.hostPort === hostPort && item.protocol === protocol);
    const problem = forward?.state === "failed" ? (forward.problem ?? "This port cannot be reached.") : null;
    const open = protocol === "tcp" && problem === null && container.state === "running";
    shown.set(key, {
      key,
      label: protocol === "tcp" ? String(hostPort) : key,
      title: problem ?? `${hostPort} leads to port ${containerPort}/${protocol} of the container`,
      href: open ? `http://localhost:${hostPort}` : null,
      problem,
    });
  }
  return [...shown.values()];
}
