import net from "node:net";
import { z } from "zod";

/** Where a local stream server listens: a unix socket, or loopback TCP where Node has no unix sockets. */
export const endpointSchema = z.union([
  z.object({ path: z.string() }),
  z.object({ host: z.string(), port: z.number().int().positive() }),
]);
export type Endpoint = z.infer<typeof endpointSchema>;

/** Connects once; rejects with the system's error, or with a time-out. */
export function connectEndpoint(
  endpoint: Endpoint,
  timeoutMs: number,
  options: { allowHalfOpen?: boolean } = {},
): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ ...endpoint, ...options });
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no connection within ${timeoutMs} ms`));
    }, timeoutMs);
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      // The new owner adds its own handler; until then an error must not end the process.
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}
