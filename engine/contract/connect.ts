import { mkdir } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import { createORPCClient } from "@orpc/client";
import { WebSocket } from "ws";
import type { BerthClient } from "./client.ts";
import { ConnectError } from "./connect-error.ts";
import { engineEndpoint } from "./endpoint.ts";
import { PROTOCOL_VERSION, RPC_PATH } from "./protocol.ts";
import { socketLink } from "./socket-link.ts";
import { type EngineProgram, type SpawnedEngine, spawnEngine } from "./spawn.ts";
import { compareVersions } from "./versions.ts";

export { engineEndpoint, resolveHome } from "./endpoint.ts";
export { relayPort } from "./relay.ts";
export type { EngineProgram } from "./spawn.ts";

type Hello = Awaited<ReturnType<BerthClient["system"]["hello"]>>;

export interface EngineConnection {
  client: BerthClient;
  hello: Hello;
  socket: WebSocket;
  close(): void;
}

export interface ConnectOptions {
  home: string;
  /** Version of the caller: an older engine is replaced, the VM untouched. */
  version: string;
  program: EngineProgram;
  /** Start an engine where none runs. */
  start: boolean;
  /** How long a started engine may take to answer. */
  timeoutMs?: number;
}

const defaultTimeoutMs = 30_000;
const answerTimeoutMs = 10_000;
const leavingMs = 5_000;

/**
 * Connects to the engine of a home and says hello, starting one where none runs (or failing with
 * `engine_not_running` when `start` is false). An engine older than the caller, or of another protocol,
 * is ended and replaced; the VM goes on.
 */
export async function connectEngine(options: ConnectOptions): Promise<EngineConnection> {
  const deadline = Date.now() + (options.timeoutMs ?? defaultTimeoutMs);
  const running = await tryConnect(options);
  if (running === null && !options.start) {
    throw new ConnectError("engine_not_running", "Berth is not running.", "Start it with `berth start`.");
  }
  if (running !== null && !mustReplace(running.hello, options.version)) return running;
  if (running !== null) await endEngine(running, deadline);
  return startAndConnect(options, deadline);
}

/** The raw websocket to a home's engine, for relaying a window's messages. Not open yet when returned. */
export function openEngineSocket(home: string): WebSocket {
  return new WebSocket(`ws://engine${RPC_PATH}`, {
    createConnection: () => net.connect({ path: engineEndpoint(home) }),
    perMessageDeflate: false,
    handshakeTimeout: answerTimeoutMs,
  });
}

/** A typed client over an open websocket. */
function clientOf(socket: WebSocket): BerthClient {
  return createORPCClient(socketLink(socket));
}

function mustReplace(hello: Hello, version: string): boolean {
  return hello.protocol !== PROTOCOL_VERSION || compareVersions(hello.version, version) < 0;
}

async function startAndConnect(options: ConnectOptions, deadline: number): Promise<EngineConnection> {
  await mkdir(options.home, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    const hint = "Check who owns the folder above it and whether the disk has space, or set BERTH_HOME.";
    throw new ConnectError("home_not_usable", `The folder ${options.home} cannot be made.`, hint, cause);
  });
  const spawned = spawnEngine(options.home, options.program);
  try {
    const connection = await Promise.race([spawned.failed, untilAnswered(options, spawned, deadline)]);
    // Another client's engine was faster; ours sees that and leaves.
    if (connection.hello.pid !== spawned.pid) await spawned.exited(leavingMs);
    return connection;
  } finally {
    spawned.release();
  }
}

async function untilAnswered(
  options: ConnectOptions,
  spawned: SpawnedEngine,
  deadline: number,
): Promise<EngineConnection> {
  const ended = new AbortController();
  spawned.failed.catch(() => {
    ended.abort();
  });
  for (
    let delayMs = 15;
    !ended.signal.aborted && Date.now() < deadline;
    delayMs = Math.min(delayMs * 1.5, 250)
  ) {
    const connection = await tryConnect(options);
    if (connection) return connection;
    await new Promise((resolve) => setTimeout(resolve, delayMs));
  }
  throw new ConnectError(
    "engine_not_answering",
    "The engine was started but does not answer.",
    "Look at its log, logs/engine.log in Berth's home folder.",
  );
}

/** One attempt; null when nobody listens. */
async function tryConnect(options: ConnectOptions): Promise<EngineConnection | null> {
  const socket = openEngineSocket(options.home);
  if (!(await opened(socket))) return null;
  const client = clientOf(socket);
  try {
    const hello = await client.system.hello(
      { version: options.version, protocol: PROTOCOL_VERSION },
      { signal: AbortSignal.timeout(answerTimeoutMs) },
    );
    return { client, hello, socket, close: () => socket.close() };
  } catch (cause) {
    const hello = await identify(options.home).catch(() => null);
    // A protocol so different that hello fails: known by its plain identity, good enough to end it.
    if (hello !== null && hello.protocol !== PROTOCOL_VERSION) {
      return { client, hello, socket, close: () => socket.close() };
    }
    socket.terminate();
    if (hello === null) return null;
    const hint = `End the process ${hello.pid} and try again; the VM is not touched by that.`;
    throw new ConnectError("engine_not_answering", "The engine runs but does not answer.", hint, cause);
  }
}

function opened(socket: WebSocket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once("open", () => resolve(true));
    socket.once("close", () => resolve(false));
    // A close always follows an error.
    socket.on("error", () => undefined);
  });
}

/** Asks for an engine's identity outside of the contract, which stays the same whatever the protocol. */
function identify(home: string): Promise<Hello> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      { socketPath: engineEndpoint(home), path: "/identity", agent: false, timeout: 2000 },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.on("error", reject);
        response.on("end", () => {
          try {
            resolve(JSON.parse(text) as Hello);
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      },
    );
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", reject);
  });
}

/** Ends an engine and waits until it let go of its home; asks first, then ends the process. */
async function endEngine(connection: EngineConnection, deadline: number): Promise<void> {
  const { client, hello, socket } = connection;
  const closed = new Promise((resolve) => socket.once("close", resolve));
  try {
    await client.system.quit({ vm: "keep" }, { signal: AbortSignal.timeout(5000) });
  } catch {
    if (socket.readyState === WebSocket.OPEN) killQuietly(hello.pid);
  }
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, deadline - Date.now()).unref())]);
  socket.terminate();
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // Ended already.
  }
}
