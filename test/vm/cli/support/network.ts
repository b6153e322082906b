import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { waitFor } from "./program.ts";

/** A port of this computer that is free right now. */
export async function freePort(): Promise<number> {
  await using holder = await holdPort();
  return holder.port;
}

/** Occupies a port, as another program would. */
export async function holdPort(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** The page that a published port serves, once it does. */
export function servedPage(port: number, timeoutMs = 30_000): Promise<string> {
  return waitFor(`a page at port ${port}`, () => page(port), timeoutMs);
}

/** Resolves when nothing listens at the port any more. */
export async function portGone(port: number): Promise<void> {
  await waitFor(`port ${port} to close`, async () => (await page(port)) === null);
}

async function page(port: number): Promise<string | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5000) });
    return response.ok ? await response.text() : null;
  } catch {
    return null;
  }
}
