import type { App, AppPort, PortForward } from "../../../engine/contract/index.ts";

export interface ShownPort {
  key: string;
  label: string;
  title: string;
  /** Where a browser finds it, or null where there is nothing to open. */
  href: string | null;
  problem: string | null;
}

/** Published ports of an app, or of one of its services: links while something answers there. */
export function shownPorts(app: App, service: string | null, forwards: readonly PortForward[]): ShownPort[] {
  const ports = app.ports.filter((port) => service === null || port.service === service);
  const shown = new Map<string, ShownPort>();
  for (const port of ports) {
    const key = `${port.hostPort}/${port.protocol}`;
    if (!shown.has(key)) shown.set(key, one(key, app, port, forwards));
  }
  return [...shown.values()];
}

function one(key: string, app: App, port: AppPort, forwards: readonly PortForward[]): ShownPort {
  const forward = forwards.find((item) => item.hostPort === port.hostPort && item.protocol === port.protocol);
  const problem = forward?.state === "failed" ? (forward.problem ?? "This port cannot be reached.") : null;
  const open = port.protocol === "tcp" && problem === null && app.state !== "paused";
  return {
    key,
    label: port.protocol === "tcp" ? String(port.hostPort) : key,
    title:
      problem ?? `${port.hostPort} leads to port ${port.containerPort}/${port.protocol} of ${port.service}`,
    href: open ? `http://localhost:${port.hostPort}` : null,
    problem,
  };
}
