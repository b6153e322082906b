import dgram from "node:dgram";
import net from "node:net";
import { BerthError, systemCode } from "../vm.ts";

export type PortProtocol = "tcp" | "udp";

/** Addresses on which a port must be free for us to publish it on `bindAddress`. */
function probes(bindAddress: string, platform: NodeJS.Platform): string[] {
  // Elsewhere than on Linux a specific address can be bound although another program holds all of them.
  return platform === "linux"
    ? [bindAddress]
    : [bindAddress, bindAddress === "0.0.0.0" ? "127.0.0.1" : "0.0.0.0"];
}

/** Whether a host port can be bound right now; found out by binding it. */
export async function isPortFree(
  hostPort: number,
  bindAddress: string,
  protocol: PortProtocol = "tcp",
  platform: NodeJS.Platform = process.platform,
): Promise<boolean> {
  for (const address of probes(bindAddress, platform)) {
    const code = await bindOnce(hostPort, address, protocol);
    if (code !== null) return false;
  }
  return true;
}

/** The next port above `after` that is free and not in `taken`; any free one when none follows soon. */
export async function nextFreePort(
  after: number,
  bindAddress: string,
  protocol: PortProtocol,
  taken: ReadonlySet<number>,
): Promise<number> {
  for (let port = after + 1; port <= Math.min(after + 200, 65_535); port += 1) {
    if (!taken.has(port) && (await isPortFree(port, bindAddress, protocol))) return port;
  }
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const port = await anyPort(bindAddress);
    if (!taken.has(port) && (await isPortFree(port, bindAddress, protocol))) return port;
  }
  throw new BerthError({
    code: "no_free_port",
    message: "No free port was found on this computer.",
    hint: "End programs that hold many ports, or choose a port yourself.",
  });
}

/** Null when the port could be bound, else the system's reason. */
function bindOnce(port: number, address: string, protocol: PortProtocol): Promise<string | null> {
  return new Promise((resolve) => {
    if (protocol === "udp") {
      const socket = dgram.createSocket("udp4");
      socket.once("error", (error) => {
        socket.close();
        resolve(systemCode(error) ?? "unknown");
      });
      socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve(null)));
      return;
    }
    const server = net.createServer();
    server.once("error", (error) => resolve(systemCode(error) ?? "unknown"));
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

function anyPort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen({ port: 0, host: address }, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === "object" && bound !== null ? bound.port : 0));
    });
  });
}
