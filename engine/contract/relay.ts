import { WebSocket } from "ws";

/** What Electron's `MessagePortMain` and Node's `MessagePort` have in common. */
export interface RelayPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  start(): void;
  close(): void;
}

/** Bytes that may wait for a slow socket before the relay gives the connection up. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/**
 * Carries every message of a window's port to the engine's socket and back, unchanged: both ends speak
 * the same encoding (text, or bytes where a message holds a file). Either side closing closes the other.
 */
export function relayPort(port: RelayPort, socket: WebSocket): void {
  const early: (string | Uint8Array)[] = [];
  socket.on("open", () => {
    for (const message of early.splice(0)) socket.send(message);
  });
  socket.on("message", (data, isBinary) => {
    port.postMessage(isBinary ? bytesOf(data) : bytesOf(data).toString("utf8"));
  });
  socket.on("close", () => port.close());
  socket.on("error", () => socket.terminate());
  port.on("message", (message) => {
    const payload = payloadOf(message);
    if (payload === null) return;
    if (socket.readyState === WebSocket.CONNECTING) early.push(payload);
    else if (socket.bufferedAmount > MAX_WAITING_BYTES) socket.terminate();
    else if (socket.readyState === WebSocket.OPEN) socket.send(payload);
  });
  port.on("close", () => socket.close());
  port.start();
}

/** Electron hands over an event with the message in `data`, Node the message itself. */
function payloadOf(message: unknown): string | Uint8Array | null {
  if (typeof message === "string" || message instanceof Uint8Array) return message;
  if (message instanceof ArrayBuffer) return new Uint8Array(message);
  if (typeof message === "object" && message !== null && "data" in message) return payloadOf(message.data);
  return null;
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
