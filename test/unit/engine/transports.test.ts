import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/message-port";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { MessageChannel } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BerthClient } from "../../../engine/contract/client.ts";
import { describeFailure, readStream } from "../../../engine/contract/client.ts";
import { openEngineSocket, relayPort } from "../../../engine/contract/connect.ts";
import { STREAM_WINDOW } from "../../../engine/contract/streams.ts";
import { connect, until } from "./support/engine.ts";
import { temporaryFolder } from "./support/temporary.ts";

/** Stays below the cap of the log files, which the engine applies when it opens them. */
const lineCount = 90_000;

/** A home whose serial log is long: a stream that needs no VM. */
async function homeWithLongLog(): Promise<string> {
  const home = await temporaryFolder();
  await mkdir(path.join(home, "logs"), { recursive: true });
  const lines = Array.from({ length: lineCount }, (_, index) => `line ${index} ${"·".repeat(15)}`);
  await writeFile(path.join(home, "logs/serial.log"), `${lines.join("\n")}\n`);
  return home;
}

/** The client that the window has: oRPC over a port that the shell relays to the engine's socket. */
function relayedClient(home: string): BerthClient {
  const { port1, port2 } = new MessageChannel();
  const socket = openEngineSocket(home);
  relayPort(port2, socket);
  onTestFinished(() => {
    port1.close();
    socket.terminate();
  });
  port1.start();
  return createORPCClient(new RPCLink({ port: port1 }));
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

const readAll = { source: "serial", tailLines: 100_000 } as const;

describe.each(["websocket", "relayed message port"])("over a %s", (transport) => {
  async function open(): Promise<{ home: string; pid: number; client: BerthClient }> {
    const home = await homeWithLongLog();
    const connection = await connect(home);
    const client = transport === "websocket" ? connection.client : relayedClient(home);
    return { home, pid: connection.hello.pid, client };
  }

  it("calls, typed failures and input problems arrive", async () => {
    const { client, home } = await open();
    expect((await client.system.hello({ version: "1.0.0", protocol: 1 })).home).toBe(home);
    const failure = await client.activity.cancel({ id: "none" }).catch(describeFailure);
    expect(failure).toEqual({
      code: "not_found",
      message: "There is no such activity.",
      hint: "It may have been dismissed meanwhile.",
    });
    const refused = await client.ports.check({ hostPort: 70_000 }).catch(describeFailure);
    expect(refused).toMatchObject({ code: "invalid-input" });
  });

  it("delivers a whole stream in order", async () => {
    const { client } = await open();
    let count = 0;
    let last = "";
    for await (const line of readStream(client, client.vm.logs(readAll))) {
      count += 1;
      last = line;
    }
    expect(count).toBe(lineCount);
    expect(last).toMatch(new RegExp(`^line ${lineCount - 1} ·+$`));
  });

  it("a reader that stops acknowledging holds the engine at one window, in flat memory", async () => {
    const { client, pid } = await open();
    const stream = await client.vm.logs(readAll);
    let batches = 0;
    const reading = (async () => {
      for await (const { items } of stream) batches += Math.sign(items.length);
    })();
    // Ending a read that still waits is an error for the one who waits.
    const ended = expect(reading).rejects.toThrow();
    await until("a window of batches arrived", () => batches === STREAM_WINDOW);
    const before = await residentMiB(pid);
    for (let call = 0; call < 100; call += 1) {
      await client.system.hello({ version: "1.0.0", protocol: 1 });
    }
    expect(batches).toBe(STREAM_WINDOW);
    expect((await residentMiB(pid)) - before).toBeLessThan(30);
    await stream.return();
    await ended;
  });
});

it("many clients that vanish in mid-stream leave nothing behind", async () => {
  const home = await homeWithLongLog();
  const { client, hello } = await connect(home);
  const openFiles = async () => (await import("node:fs/promises")).readdir(`/proc/${hello.pid}/fd`);
  const before = (await openFiles()).length;
  for (let count = 0; count < 10; count += 1) {
    const other = await connect(home);
    const stream = await other.client.vm.logs({ ...readAll, follow: true });
    await stream.next();
    other.socket.terminate();
  }
  await until("files and sockets are closed", async () => (await openFiles()).length <= before);
  expect((await client.vm.status()).state).toBe("absent");
});
