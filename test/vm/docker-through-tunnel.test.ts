import { createHash } from "node:crypto";
import dgram from "node:dgram";
import http from "node:http";
import net from "node:net";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import type { Container } from "dockerode";
import { afterEach, describe, expect, it } from "vitest";
import type { PortForward } from "../../vm/host/index.ts";
import { runWithInput, testImage, ping } from "./support/containers.ts";
import { useSharedMachine } from "./support/machine.ts";

const under = useSharedMachine();
const containers: Container[] = [];

afterEach(async () => {
  under.machine.tunnel.setDesiredPorts([]);
  for (const container of containers.splice(0)) await container.remove({ force: true, v: true });
});

async function run(options: Parameters<typeof under.docker.createContainer>[0]): Promise<Container> {
  const container = await under.docker.createContainer({ Image: testImage, ...options });
  containers.push(container);
  await container.start();
  return container;
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

function fetchText(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get({ host: "127.0.0.1", port, agent: false }, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () => resolve(body));
      })
      .on("error", reject);
  });
}

const published = (protocol: "tcp" | "udp", port: number): PortForward => ({
  protocol,
  hostAddress: "0.0.0.0",
  hostPort: port,
  guestAddress: "0.0.0.0",
  guestPort: port,
});

async function listening(): Promise<void> {
  await expect.poll(() => under.machine.tunnel.forwards()[0]?.state).toBe("listening");
}

describe("Docker through the tunnel", () => {
  it("ends an attached stdin and still gets the answer", async () => {
    expect(await runWithInput(under.docker, ["cat"], "hi\n")).toBe("hi\n");
    const long = "0123456789".repeat(200_000);
    expect(await runWithInput(under.docker, ["md5sum"], long)).toContain(
      createHash("md5").update(long).digest("hex"),
    );
  });

  it("carries an interactive exec", async () => {
    const container = await run({ Cmd: ["sleep", "600"] });
    const exec = await container.exec({
      Cmd: ["sh"],
      Tty: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const terminal = await exec.start({ hijack: true, stdin: true, Tty: true });
    let output = "";
    terminal.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await exec.resize({ w: 97, h: 31 });
    terminal.write("tty; echo $((6 * 7)); exit\n");
    await new Promise((resolve) => terminal.on("end", resolve));
    expect(output).toContain("/dev/pts/0");
    expect(output).toContain("\r\n42\r\n");
  });

  it("saves and loads 100 MB unchanged", async () => {
    const container = await run({ Cmd: ["sh", "-c", "head -c 100000000 /dev/urandom >/big; md5sum </big"] });
    await container.wait();
    const sum = (await container.logs({ stdout: true })).toString().match(/[0-9a-f]{32}/)?.[0];
    await container.commit({ repo: "berth-test/big", tag: "1" });
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of await under.docker.getImage("berth-test/big:1").get()) {
        chunks.push(Buffer.from(chunk));
      }
      await under.docker.getImage("berth-test/big:1").remove();
      const loading = await under.docker.loadImage(Readable.from(chunks));
      loading.resume();
      await finished(loading);
      const check = await run({ Image: "berth-test/big:1", Cmd: ["sh", "-c", "md5sum </big"] });
      await check.wait();
      expect((await check.logs({ stdout: true })).toString()).toContain(sum);
      await check.remove({ force: true });
      containers.pop();
    } finally {
      await under.docker.getImage("berth-test/big:1").remove({ force: true });
    }
  });

  it("serves fifty clients at once", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => under.docker.version()));
    expect(new Set(answers.map(({ ApiVersion }) => ApiVersion)).size).toBe(1);
  });
});

describe("published ports", () => {
  it("answer on 127.0.0.1, through a suspend too, and vanish with the container", async () => {
    const port = await freePort();
    const container = await run({
      ExposedPorts: { "80/tcp": {} },
      HostConfig: { PortBindings: { "80/tcp": [{ HostPort: String(port) }] } },
    });
    under.machine.tunnel.setDesiredPorts([published("tcp", port)]);
    await listening();
    await expect.poll(() => fetchText(port).catch(() => ""), { timeout: 20_000 }).toContain("<html");

    await under.machine.suspend();
    expect(under.machine.tunnel.forwards()[0]?.state).toBe("waiting");
    // A visitor wakes the machine and is served.
    expect(await fetchText(port)).toContain("<html");
    expect(under.machine.snapshot().state).toBe("running");

    await container.remove({ force: true });
    containers.length = 0;
    under.machine.tunnel.setDesiredPorts([]);
    await expect(fetchText(port)).rejects.toThrow("ECONNREFUSED");
  });

  it("carry datagrams both ways, also after a resume", async () => {
    const ports = [await freePort(), await freePort()];
    under.machine.tunnel.setDesiredPorts(ports.map((port) => published("udp", port)));
    await listening();
    expect(await datagramAnswer(ports[0] ?? 0)).toBe("pong");
    await under.machine.suspend();
    await under.machine.resume();
    await listening();
    expect(await datagramAnswer(ports[1] ?? 0)).toBe("pong");
    // Another engine finds the forwards of this one in QEMU, and declares its own.
    await under.reopen();
    under.machine.tunnel.setDesiredPorts(ports.map((port) => published("udp", port)));
    await listening();
    expect(under.machine.tunnel.forwards().map(({ problem }) => problem)).toEqual([null, null]);
  });

  /** Sends pings to a service in the guest until it answers: datagrams may be lost before it is up. */
  async function datagramAnswer(port: number): Promise<string> {
    const service = await under.machine.tunnel.openShell({
      command: ["timeout", "60", "nc", "-u", "-l", String(port)],
    });
    service.stream.once("data", () => service.stream.write("pong"));
    const socket = dgram.createSocket("udp4");
    const timer = setInterval(() => socket.send("ping", port, "127.0.0.1"), 200);
    try {
      return await new Promise<string>((resolve) => {
        socket.on("message", (message) => resolve(message.toString()));
      });
    } finally {
      clearInterval(timer);
      socket.close();
      service.close();
    }
  }
});

describe("a tunnel that breaks", () => {
  it("comes back when its sshd is killed", async () => {
    const lost = new Promise<void>((resolve) => {
      under.machine.tunnel.once("state", () => resolve());
    });
    // The parent of the command is the process that serves our connection.
    await under.machine.tunnel.exec(["sh", "-c", "kill -9 $PPID"]).catch(() => undefined);
    await lost;
    expect(await ping(under.docker)).toBe("OK");
    expect(under.machine.tunnel.state).toBe("up");
  });

  it("comes back when dockerd is killed, and the trouble is told and taken back", async () => {
    const told = new Promise<void>((resolve) => {
      under.machine.on("change", ({ problems }) => {
        if (problems.some(({ id }) => id === "guest-unit-dockerd")) resolve();
      });
    });
    await under.machine.tunnel.exec(["sh", "-c", "kill -9 $(pidof dockerd)"]);
    await told;
    expect(await ping(under.docker)).toBe("OK");
    await expect.poll(() => under.machine.snapshot().problems, { timeout: 60_000 }).toEqual([]);
  });
});

describe("the disk", () => {
  it("shows what it takes on both sides, and shrinks on the host after things are removed", async () => {
    const container = await run({ Cmd: ["sh", "-c", "head -c 150000000 /dev/urandom >/big; sync"] });
    await container.wait();
    await under.machine.tunnel.exec(["sync"]);
    const full = (await under.machine.refreshDisk()).disk;
    expect(full.guestUsedBytes).toBeGreaterThan(150e6);
    expect(full.hostUsedBytes).toBeGreaterThan(150e6);
    await container.remove({ force: true });
    containers.length = 0;
    await under.machine.tunnel.exec(["sync"]);
    await under.machine.trim();
    await expect
      .poll(async () => (await under.machine.refreshDisk()).disk.hostUsedBytes, { timeout: 30_000 })
      .toBeLessThan(full.hostUsedBytes - 100e6);
  });
});
