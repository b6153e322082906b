import type net from "node:net";
import type { BerthError } from "../errors.ts";

const maxRequestBytes = 64 * 1024;
const patienceMs = 5_000;

/**
 * Tells a Docker client why the engine cannot be reached, in the form Docker's own API errors have, so that
 * every client shows the sentence. Its request is read first: a client expects to be heard out.
 */
export function answerUnavailable(socket: net.Socket, error: BerthError): void {
  const body = JSON.stringify({ message: `${error.message} ${error.hint}` });
  const response = [
    "HTTP/1.1 503 Service Unavailable",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    "",
    body,
  ].join("\r\n");
  let request = "";
  let answered = false;
  const timer = setTimeout(() => socket.destroy(), patienceMs);
  socket.once("close", () => clearTimeout(timer));
  socket.on("end", () => socket.end());
  socket.on("data", (chunk: Buffer) => {
    if (answered) return;
    request += chunk.toString("latin1");
    if (!request.includes("\r\n\r\n") && request.length < maxRequestBytes) return;
    answered = true;
    socket.end(response);
  });
  socket.resume();
}
