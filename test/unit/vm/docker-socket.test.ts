import { randomBytes } from "node:crypto";
import { stat, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { BerthError } from "../../../vm/host/index.ts";
import { GuestTunnel } from "../../../vm/host/tunnel/guest-tunnel.ts";
import { memoryLogger, until } from "./support/home.ts";
import { suspended, tunnelUnderTest } from "./support/tunnel.ts";

const under = tunnelUnderTest();

describe("the Docker socket", () => {
  it("is for the owner only and leads to the guest's engine", async () => {
    await under.tunnel.serve();
    expect((await stat(under.paths.dockerSocket)).mode & 0o777).toBe(0o600);
    under.open();
    await under.tunnel.ready();
    expect(await under.request("/_ping")).toEqual({ status: 200, body: Buffer.from("OK") });
  });

  it("carries megabytes both ways unchanged", async () => {
    await under.tunnel.serve();
    under.open();
    const body = randomBytes(12 * 2 ** 20);
    const answer = await under.request("/echo", body);
    expect(answer.body.equals(body)).toBe(true);
  });

  it("passes on the end of attached stdin while the answer is still to come", async () => {
    await under.tunnel.serve();
    under.open();
    const socket = net.connect({ path: under.paths.dockerSocket, allowHalfOpen: true });
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.write("POST /attach HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    await until(() => answer.includes("101 UPGRADED"), "the upgrade");
    socket.end("hi");
    await new Promise((resolve) => socket.on("end", resolve));
    expect(answer).toMatch(/got hi$/);
  });

  it("lets go of a client that left without a word, though the guest's side stays open", async () => {
    await under.tunnel.serve();
    under.open();
    const closed: string[] = [];
    under.tunnel.watchClients((kind) => ({
      sent: () => undefined,
      received: () => undefined,
      closed: () => void closed.push(kind),
    }));
    const socket = net.connect({ path: under.paths.dockerSocket });
    socket.write("GET /forever HTTP/1.1\r\nHost: d\r\n\r\n");
    await new Promise((resolve) => socket.once("data", resolve));
    socket.destroy();
    await until(() => closed.length === 1, "the end of the connection");
    expect(closed).toEqual(["docker"]);
  });

  it("lets go of a client that ended its input and was killed later", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    await under.tunnel.serve();
    under.open();
    let closed = false;
    under.tunnel.watchClients(() => ({
      sent: () => undefined,
      received: () => undefined,
      closed: () => (closed = true),
    }));
    const socket = net.connect({ path: under.paths.dockerSocket, allowHalfOpen: true });
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.end("POST /hold HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    await until(() => answer.endsWith("going on"), "the guest knows of the end of the input");
    vi.advanceTimersByTime(10_000);
    expect(closed).toBe(false);
    socket.destroy();
    await new Promise((resolve) => socket.once("close", resolve));
    vi.advanceTimersByTime(3_000);
    await until(() => closed, "the end of the connection");
  });

  it("serves many clients at once", async () => {
    await under.tunnel.serve();
    under.open();
    const bodies = Array.from({ length: 60 }, (_, index) => Buffer.from(`client ${index}`));
    const answers = await Promise.all(bodies.map((body) => under.request("/echo", body)));
    expect(answers.map((answer) => answer.body.toString())).toEqual(bodies.map(String));
  });

  it("keeps a client waiting until Docker is up, then serves it", async () => {
    under.guest.dockerUp = false;
    await under.tunnel.serve();
    under.open();
    const answer = under.request("/_ping");
    await until(() => under.tunnel.state === "connecting", "connecting");
    under.guest.dockerUp = true;
    expect((await answer).status).toBe(200);
    expect(under.tunnel.state).toBe("up");
  });

  it("tells a client that has waited too long why, the way Docker tells errors", async () => {
    under.guest.dockerUp = false;
    under.tunnel = under.newTunnel(200);
    await under.tunnel.serve();
    under.open();
    const answer = await under.request("/containers/json");
    expect(answer.status).toBe(503);
    const { message } = JSON.parse(answer.body.toString()) as { message: string };
    expect(message).toContain("did not answer");
    expect(message).toContain("berth status");
  });

  it("says at once that the machine does not run when nothing will come", async () => {
    await under.tunnel.serve();
    under.tunnel.shut(suspended);
    const answer = await under.request("/containers/json");
    expect(answer.status).toBe(503);
    expect(answer.body.toString()).toContain("It sleeps. Wake it.");
  });

  it("wakes the machine for a client and then serves it", async () => {
    await under.tunnel.serve();
    under.tunnel.shut(suspended);
    let woken = 0;
    under.onIncoming = (wake) => {
      if (!wake) return null;
      woken += 1;
      under.open();
      return under.tunnel.ready();
    };
    // Our own commands are no reason.
    await expect(under.tunnel.exec(["true"])).rejects.toMatchObject({ code: "vm_suspended" });
    expect(woken).toBe(0);
    expect((await under.request("/_ping")).status).toBe(200);
    expect(woken).toBe(1);
  });

  it("replaces a socket file that nobody serves, but no other program's and no file", async () => {
    const stale = net.createServer();
    await new Promise<void>((resolve) => stale.listen(under.paths.dockerSocket, resolve));
    await expect(under.newTunnel().serve()).rejects.toMatchObject({ code: "socket_in_use" });
    // A crashed server leaves its file; a closed one removes it, so the name is put back by hand.
    const crashed = path.join(under.paths.home, "c.sock");
    const dead = await deadSocket(crashed);
    expect(dead.isSocket()).toBe(true);
    const other = new GuestTunnel({ dockerSocket: crashed, logger: memoryLogger(), onIncoming: () => null });
    under.cleanups.push(() => other.close());
    await expect(other.serve()).resolves.toBeUndefined();
    await new Promise((resolve) => stale.close(resolve));

    const file = path.join(under.paths.home, "precious");
    await writeFile(file, "data");
    const third = new GuestTunnel({ dockerSocket: file, logger: memoryLogger(), onIncoming: () => null });
    await expect(third.serve()).rejects.toBeInstanceOf(BerthError);
    expect((await stat(file)).size).toBe(4);
  });
});

/** A socket file whose server is gone. */
async function deadSocket(file: string) {
  const { spawnSync } = await import("node:child_process");
  const script = `require("node:net").createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script]);
  return stat(file);
}
