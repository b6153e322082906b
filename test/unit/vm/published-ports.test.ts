import net from "node:net";
import { describe, expect, it } from "vitest";
import { until } from "./support/home.ts";
import { noUdp, tunnelUnderTest } from "./support/tunnel.ts";

const under = tunnelUnderTest();

describe("published ports", () => {
  async function listening(handler: (socket: net.Socket) => void): Promise<number> {
    const server = net.createServer({ allowHalfOpen: true }, handler);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    under.cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
  }
  async function freePort(): Promise<number> {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    return typeof address === "object" && address ? address.port : 0;
  }
  function talk(to: number, text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port: to, host: "127.0.0.1", allowHalfOpen: true });
      let answer = "";
      socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
      socket.on("end", () => resolve(answer));
      socket.on("error", reject);
      socket.end(text);
    });
  }
  const forward = (hostPort: number, guestPort: number, hostAddress = "0.0.0.0") => ({
    protocol: "tcp" as const,
    hostAddress,
    hostPort,
    guestAddress: "0.0.0.0",
    guestPort,
  });

  it("appear on this computer only, lead to the guest, and vanish when no longer wanted", async () => {
    const service = await listening((socket) => {
      let text = "";
      socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
      socket.on("end", () => socket.end(text.toUpperCase()));
    });
    const hostPort = await freePort();
    under.open();
    await under.tunnel.ready();
    under.tunnel.setDesiredPorts([forward(hostPort, service)]);
    await until(() => under.tunnel.forwards()[0]?.state === "listening", "the port listens");
    expect(under.tunnel.forwards()[0]).toMatchObject({ boundAddress: "127.0.0.1", problem: null });
    expect(await talk(hostPort, "hello")).toBe("HELLO");
    under.tunnel.setDesiredPorts([]);
    expect(under.tunnel.forwards()).toEqual([]);
    await expect(talk(hostPort, "hello")).rejects.toThrow("ECONNREFUSED");
  });

  it("wait while the guest is away, and serve a connection made meanwhile", async () => {
    const service = await listening((socket) => socket.end("late"));
    const hostPort = await freePort();
    under.tunnel.open({ port: under.port, keys: under.keys, waitForPoke: true }, noUdp);
    under.tunnel.setDesiredPorts([forward(hostPort, service)]);
    expect(under.tunnel.forwards()[0]?.state).toBe("waiting");
    const answer = talk(hostPort, "");
    under.tunnel.poke();
    expect(await answer).toBe("late");
  });

  it("name the cause when a port is taken, and are bound once it is free", async () => {
    const taken = await freePort();
    const holder = net.createServer();
    await new Promise<void>((resolve) => holder.listen(taken, "127.0.0.1", resolve));
    under.open();
    await under.tunnel.ready();
    under.tunnel.setDesiredPorts([forward(taken, 1)]);
    await until(() => under.tunnel.forwards()[0]?.state === "failed", "the failure is told");
    expect(under.tunnel.forwards()[0]?.problem).toContain(
      `Port ${taken} on 127.0.0.1 is in use by another program`,
    );
    await new Promise((resolve) => holder.close(resolve));
    await until(() => under.tunnel.forwards()[0]?.state === "listening", "the port is taken over", 10_000);
  });

  it("use a specific address when one is asked for, and say when there is no such address", async () => {
    const service = await listening((socket) => socket.end("x"));
    under.open();
    await under.tunnel.ready();
    under.tunnel.setDesiredPorts([
      forward(await freePort(), service, "127.0.0.2"),
      forward(await freePort(), service, "203.0.113.9"),
    ]);
    await until(() => under.tunnel.forwards().every(({ state }) => state !== "waiting"), "both are decided");
    expect(under.tunnel.forwards().map(({ state }) => state)).toEqual(["listening", "failed"]);
    expect(under.tunnel.forwards()[1]?.problem).toContain("no such address");
  });

  it("go the virtual network's way for UDP", async () => {
    const calls: string[] = [];
    const udp = {
      addUdpForward: (host: string, hostPort: number, guestPort: number) => {
        calls.push(`add ${host} ${hostPort} ${guestPort}`);
        return hostPort === 53 ? Promise.reject(new Error("no")) : Promise.resolve();
      },
      removeUdpForward: (host: string, hostPort: number) => {
        calls.push(`remove ${host} ${hostPort}`);
        return Promise.resolve();
      },
    };
    under.tunnel.open({ port: under.port, keys: under.keys, waitForPoke: false }, udp);
    await under.tunnel.ready();
    under.tunnel.setDesiredPorts([
      { ...forward(5353, 53), protocol: "udp" },
      { ...forward(53, 53), protocol: "udp" },
    ]);
    await until(() => under.tunnel.forwards().every(({ state }) => state !== "waiting"), "both are decided");
    expect(under.tunnel.forwards().map(({ state }) => state)).toEqual(["listening", "failed"]);
    under.tunnel.setDesiredPorts([]);
    expect(calls).toEqual(["add 127.0.0.1 5353 53", "add 127.0.0.1 53 53", "remove 127.0.0.1 5353"]);
  });
});
