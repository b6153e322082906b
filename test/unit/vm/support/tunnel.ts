import http from "node:http";
import { afterEach, beforeEach } from "vitest";
import { ensureKeys, type MachineKeys } from "../../../../vm/host/guest/keys.ts";
import { BerthError, type MachinePaths, machinePaths, prepareHome } from "../../../../vm/host/index.ts";
import { GuestTunnel } from "../../../../vm/host/tunnel/guest-tunnel.ts";
import { FakeGuest } from "./fake-guest.ts";
import { memoryLogger, temporaryHome } from "./home.ts";

export const noUdp = {
  addUdpForward: () => Promise.resolve(),
  removeUdpForward: () => Promise.resolve(),
};
export const suspended = new BerthError({ code: "vm_suspended", message: "It sleeps.", hint: "Wake it." });

/** A tunnel under test, and the guest at its other end, which listens on `port`. */
interface TunnelUnderTest {
  paths: MachinePaths;
  keys: MachineKeys;
  guest: FakeGuest;
  port: number;
  tunnel: GuestTunnel;
  onIncoming: (wake: boolean) => Promise<void> | null;
  /** Run after the test, in this order. */
  cleanups: (() => unknown)[];
  newTunnel: (patienceMs?: number) => GuestTunnel;
  open: () => void;
  /** What a Docker client sees for one request. */
  request: (url: string, body?: Buffer) => Promise<{ status: number; body: Buffer }>;
}

/** A new tunnel and a new guest for each test of the file. */
export function tunnelUnderTest(): TunnelUnderTest {
  const under = {
    newTunnel: (patienceMs = 5_000) => {
      const made = new GuestTunnel({
        dockerSocket: under.paths.dockerSocket,
        logger: memoryLogger(),
        onIncoming: (wake) => under.onIncoming(wake),
        patienceMs,
      });
      under.cleanups.push(() => made.close());
      return made;
    },
    open: () => under.tunnel.open({ port: under.port, keys: under.keys, waitForPoke: false }, noUdp),
    request: (url, body) => request(under.paths.dockerSocket, url, body),
  } as TunnelUnderTest;

  beforeEach(async () => {
    under.cleanups = [];
    under.paths = machinePaths(await temporaryHome());
    await prepareHome(under.paths);
    under.keys = await ensureKeys(under.paths, memoryLogger(), { repair: true });
    under.guest = new FakeGuest(under.keys);
    under.port = await under.guest.listen();
    under.onIncoming = () => null;
    under.tunnel = under.newTunnel();
    under.cleanups.push(() => under.guest.close());
  });

  afterEach(async () => {
    for (const cleanup of under.cleanups) await cleanup();
  });

  return under;
}

function request(socketPath: string, url: string, body?: Buffer): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = http.request(
      { socketPath, path: url, method: body ? "POST" : "GET", agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
        response.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
