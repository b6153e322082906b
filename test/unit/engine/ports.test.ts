import { EventEmitter } from "node:events";
import net from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ContainerSummary } from "../../../engine/contract/index.ts";
import { LiveList } from "../../../engine/live/live-list.ts";
import { Ports } from "../../../engine/ports/index.ts";
import type { PortForward, PortForwardStatus, TunnelEvents } from "../../../engine/vm.ts";

/** The part of the tunnel that ports use; what is desired counts as bound. */
class FakeTunnel extends EventEmitter<TunnelEvents> {
  desired: PortForward[] = [];

  setDesiredPorts(forwards: PortForward[]): void {
    this.desired = forwards;
    this.emit("ports", this.forwards());
  }

  forwards(): PortForwardStatus[] {
    return this.desired.map((forward) => ({
      ...forward,
      state: "listening",
      problem: null,
      boundAddress: "127.0.0.1",
    }));
  }
}

function container(
  name: string,
  hostPort: number,
  state: ContainerSummary["state"] = "running",
): ContainerSummary {
  return {
    id: name,
    name,
    image: "web",
    imageId: "i",
    command: "",
    createdAt: "2026-01-01T00:00:00Z",
    startedAt: null,
    finishedAt: null,
    state,
    exitCode: null,
    health: null,
    ports: [{ hostIp: "", hostPort, containerPort: 80, protocol: "tcp" }],
    project: null,
    service: null,
    autoRemove: false,
    labels: {},
  };
}

function setUp() {
  const containers = new LiveList<ContainerSummary>((one) => one.id);
  const tunnel = new FakeTunnel();
  let bindAddress = "127.0.0.1";
  const ports = new Ports({ containers, tunnel, bindAddress: () => bindAddress });
  onTestFinished(() => {
    ports.close();
  });
  return { containers, tunnel, ports, setBindAddress: (address: string) => (bindAddress = address) };
}

async function heldPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("published ports", () => {
  it("are those of running containers, and go with them", () => {
    const { containers, tunnel, ports } = setUp();
    containers.reset([container("web", 8080), container("old", 8081, "exited")]);
    expect(ports.list()).toMatchObject([
      { container: "web", hostPort: 8080, guestPort: 8080, host: "127.0.0.1" },
    ]);
    containers.remove("web");
    expect(tunnel.desired).toEqual([]);
  });

  it("stay declared while the containers cannot be seen", () => {
    const { containers, tunnel } = setUp();
    containers.reset([container("web", 8080)]);
    containers.forget();
    expect(tunnel.desired).toHaveLength(1);
  });

  it("follow the address of the settings", () => {
    const { containers, tunnel, ports, setBindAddress } = setUp();
    containers.reset([container("web", 8080)]);
    expect(tunnel.desired[0]?.hostAddress).toBe("127.0.0.1");
    setBindAddress("0.0.0.0");
    ports.apply();
    expect(tunnel.desired[0]?.hostAddress).not.toBe("127.0.0.1");
  });
});

describe("asking for a port", () => {
  it("names the program that holds it and one that is free", async () => {
    const { ports } = setUp();
    const port = await heldPort();
    const answer = await ports.check(port);
    expect(answer.free).toBe(false);
    expect(answer.nextFree).toBeGreaterThan(port);
    if (process.platform === "linux") expect(answer.holder).toContain(`(process ${process.pid})`);
    expect(await ports.check(answer.nextFree)).toMatchObject({ free: true, holder: null });
  });

  it("names the container that publishes it", async () => {
    const { containers, ports } = setUp();
    containers.reset([container("web", 8080)]);
    expect(await ports.check(8080)).toMatchObject({ free: false, holder: "the container web" });
  });

  it("that is taken refuses a run, with the next free one for programs too", async () => {
    const { ports } = setUp();
    const hostPort = await heldPort();
    const wanted = { hostIp: "", hostPort, containerPort: 80, protocol: "tcp" as const };
    await expect(ports.reserve([wanted])).rejects.toMatchObject({
      code: "port_in_use",
      message: expect.stringContaining(String(hostPort)) as string,
      details: { hostPort, nextFree: expect.any(Number) as number },
    });
  });

  it("left open gives each binding a port of its own", async () => {
    const { ports } = setUp();
    const open = { hostIp: "", hostPort: null, containerPort: 80, protocol: "tcp" as const };
    const reserved = await ports.reserve([open, { ...open, containerPort: 81 }]);
    const hostPorts = reserved.map((port) => port.hostPort);
    expect(new Set(hostPorts).size).toBe(2);
    expect(hostPorts).not.toContain(null);
  });
});
