import { randomBytes } from "node:crypto";
import { stat, writeFile } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureKeys, type MachineKeys } from "../../../vm/host/guest/keys.ts";
import { BerthError, type MachinePaths, machinePaths, prepareHome } from "../../../vm/host/index.ts";
import { GuestTunnel } from "../../../vm/host/tunnel/guest-tunnel.ts";
import { quoteCommand } from "../../../vm/host/tunnel/commands.ts";
import { FakeGuest } from "./support/fake-guest.ts";
import { memoryLogger, temporaryHome, until } from "./support/home.ts";

const noUdp = {
  addUdpForward: () => Promise.resolve(),
  removeUdpForward: () => Promise.resolve(),
};
const suspended = new BerthError({ code: "vm_suspended", message: "It sleeps.", hint: "Wake it." });

let paths: MachinePaths;
let keys: MachineKeys;
let guest: FakeGuest;
let tunnel: GuestTunnel;
let port: number;
let onIncoming: (wake: boolean) => Promise<void> | null;
const cleanups: (() => unknown)[] = [];

function newTunnel(patienceMs = 5_000): GuestTunnel {
  const made = new GuestTunnel({
    dockerSocket: paths.dockerSocket,
    logger: memoryLogger(),
    onIncoming: (wake) => onIncoming(wake),
    patienceMs,
  });
  cleanups.push(() => made.close());
  return made;
}

function open(on: GuestTunnel = tunnel): void {
  on.open({ port, keys, waitForPoke: false }, noUdp);
}

beforeEach(async () => {
  paths = machinePaths(await temporaryHome());
  await prepareHome(paths);
  keys = await ensureKeys(paths, memoryLogger(), { repair: true });
  guest = new FakeGuest(keys);
  port = await guest.listen();
  onIncoming = () => null;
  tunnel = newTunnel();
  cleanups.push(() => guest.close());
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** What a Docker client sees for one request. */
function request(url: string, body?: Buffer): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = http.request(
      { socketPath: paths.dockerSocket, path: url, method: body ? "POST" : "GET", agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
        response.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

describe("the Docker socket", () => {
  it("is for the owner only and leads to the guest's engine", async () => {
    await tunnel.serve();
    expect((await stat(paths.dockerSocket)).mode & 0o777).toBe(0o600);
    open();
    await tunnel.ready();
    expect(await request("/_ping")).toEqual({ status: 200, body: Buffer.from("OK") });
  });

  it("carries megabytes both ways unchanged", async () => {
    await tunnel.serve();
    open();
    const body = randomBytes(12 * 2 ** 20);
    const answer = await request("/echo", body);
    expect(answer.body.equals(body)).toBe(true);
  });

  it("passes on the end of attached stdin while the answer is still to come", async () => {
    await tunnel.serve();
    open();
    const socket = net.connect({ path: paths.dockerSocket, allowHalfOpen: true });
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.write("POST /attach HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    await until(() => answer.includes("101 UPGRADED"), "the upgrade");
    socket.end("hi");
    await new Promise((resolve) => socket.on("end", resolve));
    expect(answer).toMatch(/got hi$/);
  });

  it("lets go of a client that left without a word, though the guest's side stays open", async () => {
    await tunnel.serve();
    open();
    const closed: string[] = [];
    tunnel.watchClients((kind) => ({
      sent: () => undefined,
      received: () => undefined,
      closed: () => void closed.push(kind),
    }));
    const socket = net.connect({ path: paths.dockerSocket });
    socket.write("GET /forever HTTP/1.1\r\nHost: d\r\n\r\n");
    await new Promise((resolve) => socket.once("data", resolve));
    socket.destroy();
    await until(() => closed.length === 1, "the end of the connection");
    expect(closed).toEqual(["docker"]);
  });

  it("serves many clients at once", async () => {
    await tunnel.serve();
    open();
    const bodies = Array.from({ length: 60 }, (_, index) => Buffer.from(`client ${index}`));
    const answers = await Promise.all(bodies.map((body) => request("/echo", body)));
    expect(answers.map((answer) => answer.body.toString())).toEqual(bodies.map(String));
  });

  it("keeps a client waiting until Docker is up, then serves it", async () => {
    guest.dockerUp = false;
    await tunnel.serve();
    open();
    const answer = request("/_ping");
    await until(() => tunnel.state === "connecting", "connecting");
    guest.dockerUp = true;
    expect((await answer).status).toBe(200);
    expect(tunnel.state).toBe("up");
  });

  it("tells a client that has waited too long why, the way Docker tells errors", async () => {
    guest.dockerUp = false;
    tunnel = newTunnel(200);
    await tunnel.serve();
    open();
    const answer = await request("/containers/json");
    expect(answer.status).toBe(503);
    const { message } = JSON.parse(answer.body.toString()) as { message: string };
    expect(message).toContain("did not answer");
    expect(message).toContain("berth status");
  });

  it("says at once that the machine does not run when nothing will come", async () => {
    await tunnel.serve();
    tunnel.shut(suspended);
    const answer = await request("/containers/json");
    expect(answer.status).toBe(503);
    expect(answer.body.toString()).toContain("It sleeps. Wake it.");
  });

  it("wakes the machine for a client and then serves it", async () => {
    await tunnel.serve();
    tunnel.shut(suspended);
    let woken = 0;
    onIncoming = (wake) => {
      if (!wake) return null;
      woken += 1;
      open();
      return tunnel.ready();
    };
    // Our own commands are no reason.
    await expect(tunnel.exec(["true"])).rejects.toMatchObject({ code: "vm_suspended" });
    expect(woken).toBe(0);
    expect((await request("/_ping")).status).toBe(200);
    expect(woken).toBe(1);
  });

  it("replaces a socket file that nobody serves, but no other program's and no file", async () => {
    const stale = net.createServer();
    await new Promise<void>((resolve) => stale.listen(paths.dockerSocket, resolve));
    await expect(newTunnel().serve()).rejects.toMatchObject({ code: "socket_in_use" });
    // A crashed server leaves its file; a closed one removes it, so the name is put back by hand.
    const crashed = path.join(paths.home, "c.sock");
    const dead = await deadSocket(crashed);
    expect(dead.isSocket()).toBe(true);
    const other = new GuestTunnel({ dockerSocket: crashed, logger: memoryLogger(), onIncoming: () => null });
    cleanups.push(() => other.close());
    await expect(other.serve()).resolves.toBeUndefined();
    await new Promise((resolve) => stale.close(resolve));

    const file = path.join(paths.home, "precious");
    await writeFile(file, "data");
    const third = new GuestTunnel({ dockerSocket: file, logger: memoryLogger(), onIncoming: () => null });
    await expect(third.serve()).rejects.toBeInstanceOf(BerthError);
    expect((await stat(file)).size).toBe(4);
  });
});

describe("the supervised connection", () => {
  it("comes back by itself when it is cut, and clients do not notice", async () => {
    await tunnel.serve();
    open();
    await tunnel.ready();
    const states: string[] = [];
    tunnel.on("state", (state) => states.push(state));
    guest.cut();
    await until(() => tunnel.state !== "up", "the cut is noticed");
    expect((await request("/_ping")).status).toBe(200);
    expect(states).toEqual(["connecting", "up"]);
  });

  it("tries on while the guest's SSH server is away, however it is away", async () => {
    await guest.close();
    // User-mode networking accepts for a guest that does not listen yet.
    const silent = net.createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(port, "127.0.0.1", resolve));
    open();
    await new Promise((resolve) => silent.once("connection", resolve));
    silent.close();
    await guest.listen(port);
    await tunnel.ready(10_000);
    expect(tunnel.state).toBe("up");
  });

  it("refuses a guest that does not show the pinned key", async () => {
    const paths2 = machinePaths(path.join(paths.home, "b"));
    await prepareHome(paths2);
    const strange = await ensureKeys(paths2, memoryLogger(), { repair: true });
    tunnel.open(
      { port, keys: { ...keys, hostPublicBlob: strange.hostPublicBlob }, waitForPoke: false },
      noUdp,
    );
    await expect(tunnel.ready(600)).rejects.toMatchObject({ code: "docker_unreachable" });
    expect(guest.opened).toBe(0);
  });

  it("can be left so that the guest ends its side of what its clients had begun", async () => {
    await tunnel.serve();
    open();
    await tunnel.ready();
    const client = http.get({ socketPath: paths.dockerSocket, path: "/forever", agent: false });
    client.on("error", () => undefined);
    await new Promise((resolve) => client.once("response", resolve));
    expect(guest.connections).toBe(1);
    await tunnel.leave(suspended);
    await until(() => guest.connections === 0, "the guest has ended the connection");
    expect(tunnel.state).toBe("down");
    expect((await request("/echo")).body.toString()).toContain("It sleeps.");
  });

  it("waits for the guest's word when told to, and says so when it is given up", async () => {
    tunnel.open({ port, keys, waitForPoke: true }, noUdp);
    await expect(tunnel.ready(150)).rejects.toMatchObject({ code: "docker_unreachable" });
    const waiting = tunnel.ready(5_000);
    tunnel.shut(suspended);
    await expect(waiting).rejects.toMatchObject({ code: "vm_not_running" });
    tunnel.open({ port, keys, waitForPoke: true }, noUdp);
    tunnel.poke();
    await tunnel.ready();
  });
});

describe("commands in the guest", () => {
  it("mean each argument as it is", async () => {
    open();
    const nasty = ["a b", "$(id)", "'", '"', "`x`", "*", "\n", "-n", "ü", ""];
    const result = await tunnel.exec(["printf", "%s|", ...nasty]);
    expect(result).toEqual({ stdout: nasty.map((word) => `${word}|`).join(""), stderr: "", exitCode: 0 });
    expect(() => quoteCommand(["a\0b"])).toThrow("zero byte");
  });

  it("take stdin, and give exit code and stderr", async () => {
    open();
    expect((await tunnel.exec(["cat"], { stdin: "from here" })).stdout).toBe("from here");
    expect(await tunnel.exec(["sh", "-c", "echo bad >&2; exit 3"])).toEqual({
      stdout: "",
      stderr: "bad\n",
      exitCode: 3,
    });
  });

  it("end when they take too long or are called off", async () => {
    open();
    await expect(tunnel.exec(["sleep", "9"], { timeoutMs: 100 })).rejects.toMatchObject({
      code: "guest_command_timeout",
    });
    const abort = new AbortController();
    const running = tunnel.exec(["sleep", "9"], { signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toThrow();
  });
});

describe("published ports", () => {
  async function listening(handler: (socket: net.Socket) => void): Promise<number> {
    const server = net.createServer({ allowHalfOpen: true }, handler);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
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
    open();
    await tunnel.ready();
    tunnel.setDesiredPorts([forward(hostPort, service)]);
    await until(() => tunnel.forwards()[0]?.state === "listening", "the port listens");
    expect(tunnel.forwards()[0]).toMatchObject({ boundAddress: "127.0.0.1", problem: null });
    expect(await talk(hostPort, "hello")).toBe("HELLO");
    tunnel.setDesiredPorts([]);
    expect(tunnel.forwards()).toEqual([]);
    await expect(talk(hostPort, "hello")).rejects.toThrow("ECONNREFUSED");
  });

  it("wait while the guest is away, and serve a connection made meanwhile", async () => {
    const service = await listening((socket) => socket.end("late"));
    const hostPort = await freePort();
    tunnel.open({ port, keys, waitForPoke: true }, noUdp);
    tunnel.setDesiredPorts([forward(hostPort, service)]);
    expect(tunnel.forwards()[0]?.state).toBe("waiting");
    const answer = talk(hostPort, "");
    tunnel.poke();
    expect(await answer).toBe("late");
  });

  it("name the cause when a port is taken, and are bound once it is free", async () => {
    const taken = await freePort();
    const holder = net.createServer();
    await new Promise<void>((resolve) => holder.listen(taken, "127.0.0.1", resolve));
    open();
    await tunnel.ready();
    tunnel.setDesiredPorts([forward(taken, 1)]);
    await until(() => tunnel.forwards()[0]?.state === "failed", "the failure is told");
    expect(tunnel.forwards()[0]?.problem).toContain(
      `Port ${taken} on 127.0.0.1 is in use by another program`,
    );
    await new Promise((resolve) => holder.close(resolve));
    await until(() => tunnel.forwards()[0]?.state === "listening", "the port is taken over", 10_000);
  });

  it("use a specific address when one is asked for, and say when there is no such address", async () => {
    const service = await listening((socket) => socket.end("x"));
    open();
    await tunnel.ready();
    tunnel.setDesiredPorts([
      forward(await freePort(), service, "127.0.0.2"),
      forward(await freePort(), service, "203.0.113.9"),
    ]);
    await until(() => tunnel.forwards().every(({ state }) => state !== "waiting"), "both are decided");
    expect(tunnel.forwards().map(({ state }) => state)).toEqual(["listening", "failed"]);
    expect(tunnel.forwards()[1]?.problem).toContain("no such address");
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
    tunnel.open({ port, keys, waitForPoke: false }, udp);
    await tunnel.ready();
    tunnel.setDesiredPorts([
      { ...forward(5353, 53), protocol: "udp" },
      { ...forward(53, 53), protocol: "udp" },
    ]);
    await until(() => tunnel.forwards().every(({ state }) => state !== "waiting"), "both are decided");
    expect(tunnel.forwards().map(({ state }) => state)).toEqual(["listening", "failed"]);
    tunnel.setDesiredPorts([]);
    expect(calls).toEqual(["add 127.0.0.1 5353 53", "add 127.0.0.1 53 53", "remove 127.0.0.1 5353"]);
  });
});

/** A socket file whose server is gone. */
async function deadSocket(file: string) {
  const { spawnSync } = await import("node:child_process");
  const script = `require("node:net").createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script]);
  return stat(file);
}
