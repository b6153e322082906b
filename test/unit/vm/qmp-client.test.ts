import net from "node:net";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { QmpClient, QmpError } from "../../../vm/host/driver/qemu/qmp-client.ts";
import { BerthError } from "../../../vm/host/index.ts";
import { memoryLogger, temporaryHome, until } from "./support/home.ts";

const greeting = {
  QMP: { version: { qemu: { major: 10, minor: 0, micro: 2 }, package: "" }, capabilities: [] },
};
type Script = (command: string, id: number, send: (message: unknown) => void) => void;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A QEMU that follows a script. */
async function scriptedQemu(script: Script, first: unknown = greeting) {
  const file = path.join(await temporaryHome(), "qmp.sock");
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    const send = (message: unknown) => socket.write(`${JSON.stringify(message)}\r\n`);
    send(first);
    let rest = "";
    socket.on("data", (chunk) => {
      rest += chunk.toString();
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { execute, id } = JSON.parse(line) as { execute: string; id: number };
        if (execute === "qmp_capabilities") send({ return: {}, id });
        else script(execute, id, send);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(file, resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { endpoint: { path: file }, drop: () => sockets.forEach((socket) => socket.destroy()) };
}

async function connect(script: Script, first?: unknown) {
  const qemu = await scriptedQemu(script, first);
  const client = await QmpClient.connect(qemu.endpoint, memoryLogger(), 1_000);
  closers.push(() => client.close());
  return { client, qemu };
}

describe("the QMP client", () => {
  it("matches replies to commands, however they are ordered and split", async () => {
    const waiting: [string, number][] = [];
    const { client } = await connect((command, id, send) => {
      waiting.push([command, id]);
      if (waiting.length < 2) return;
      const [, first] = waiting[0] ?? ["", 0];
      send({ return: { name: "berth" }, id });
      send({ return: { status: "running", more: 1 }, id: first });
    });
    const status = client.execute("query-status");
    const name = client.execute("query-name");
    expect(await status).toEqual({ status: "running" });
    expect(await name).toEqual({ name: "berth" });
  });

  it("hands over events, also between a command and its reply", async () => {
    const { client } = await connect((_command, id, send) => {
      send({ event: "STOP", timestamp: { seconds: 1, microseconds: 2 } });
      send({ return: {}, id });
    });
    const events: string[] = [];
    client.on("event", ({ event }) => events.push(event));
    await client.execute("stop");
    expect(events).toEqual(["STOP"]);
  });

  it("tells a refusal with QEMU's own sentence", async () => {
    const { client } = await connect((_command, id, send) => {
      send({ error: { class: "GenericError", desc: "Device is locked" }, id });
    });
    const refused = client.execute("cont");
    await expect(refused).rejects.toThrow(QmpError);
    await expect(refused).rejects.toThrow("Device is locked");
  });

  it("gives up on a command that is never answered, and stays usable", async () => {
    const { client } = await connect((command, id, send) => {
      if (command === "query-name") send({ return: {}, id });
    });
    const silent = client.execute("query-status", { timeoutMs: 30 });
    await expect(silent).rejects.toMatchObject({ code: "qmp_timeout" });
    expect(await client.execute("query-name")).toEqual({});
  });

  it("refuses a reply of the wrong shape", async () => {
    const { client } = await connect((_command, id, send) => send({ return: { status: 7 }, id }));
    await expect(client.execute("query-status")).rejects.toThrow();
  });

  it("ends all waiting commands when QEMU ends", async () => {
    const { client, qemu } = await connect(() => undefined);
    let closed = false;
    client.on("close", () => (closed = true));
    const waiting = client.execute("query-status");
    qemu.drop();
    await expect(waiting).rejects.toMatchObject({ code: "qmp_closed" });
    await until(() => closed, "close is told");
    await expect(client.execute("cont")).rejects.toBeInstanceOf(BerthError);
  });

  it("does not take something else for QEMU", async () => {
    const qemu = await scriptedQemu(() => undefined, { hello: "world" });
    await expect(QmpClient.connect(qemu.endpoint, memoryLogger(), 500)).rejects.toThrow("not QEMU");
  });

  it("skips lines that are no messages", async () => {
    const { client } = await connect((_command, id, send) => {
      send("nonsense");
      send({ what: "is this" });
      send({ return: { status: "paused" }, id });
    });
    expect(await client.execute("query-status")).toEqual({ status: "paused" });
  });
});
