import net from "node:net";
import type { Endpoint } from "../../endpoint.ts";
import type { MachinePaths } from "../../paths.ts";

/** Where QEMU shall listen for us. */
export interface QemuEndpoints {
  qmp: Endpoint;
  control: Endpoint;
}

/**
 * Unix sockets in the home; on Windows, where Node has none and QEMU's named pipes serve one client only
 * once, ports on the loopback address.
 */
export async function chooseEndpoints(
  paths: MachinePaths,
  platform: NodeJS.Platform = process.platform,
): Promise<QemuEndpoints> {
  if (platform !== "win32") return { qmp: { path: paths.qmp }, control: { path: paths.control } };
  const [qmp, control] = await Promise.all([freePort(), freePort()]);
  return { qmp: { host: "127.0.0.1", port: qmp }, control: { host: "127.0.0.1", port: control } };
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}
