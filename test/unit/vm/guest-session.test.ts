import { EventEmitter } from "node:events";
import net from "node:net";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { GuestSession } from "../../../vm/host/lifecycle/guest-session.ts";
import { MachineStatus } from "../../../vm/host/lifecycle/status.ts";
import { memoryLogger, temporaryHome, until } from "./support/home.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A guest's init that answers everything well, after having reported `reports`. */
async function session(reports: string[]) {
  const folder = await temporaryHome();
  const control = { path: path.join(folder, "control.sock") };
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on("data", (chunk) => {
      for (const line of chunk.toString().trim().split("\n")) {
        if (line === "state") socket.write(reports.map((report) => `${report}\n`).join(""));
        socket.write(`ok ${line.split(" ")[0] ?? ""}\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(control.path, resolve));
  const status = new MachineStatus({
    file: path.join(folder, "journal.json"),
    journal: null,
    logger: memoryLogger(),
    onChange: () => undefined,
    onProgress: () => undefined,
  });
  const guest = new GuestSession(Object.assign(new EventEmitter(), { control }), status, memoryLogger());
  closers.push(() => {
    guest.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { guest, status, sockets };
}

describe("the talk with the guest's init", () => {
  it("uses one connection, however many ask at once: QEMU serves only one", async () => {
    const { guest, sockets } = await session([]);
    await Promise.all([guest.catchUp(), guest.setTime(), guest.connect(), guest.trim()]);
    expect(sockets).toHaveLength(1);
    sockets[0]?.destroy();
    await until(() => sockets[0]?.closed === true, "the connection is cut");
    await expect.poll(() => guest.setTime().then(() => sockets.length)).toBe(2);
  });

  it("learns what was reported before, and keeps troubles until they are over", async () => {
    const { guest, status } = await session([
      "phase 4.5 sshd",
      "problem resize no space left",
      "note fsck recovering journal",
      "down containerd 1",
      "down dockerd 137",
      "up dockerd",
      "phase 9.1 ready",
    ]);
    const phases: string[] = [];
    guest.on("phase", ({ name }) => phases.push(name));
    await guest.catchUp();
    expect(phases).toEqual(["sshd", "ready"]);
    expect(guest.ready).toBe(true);
    expect(status.problems.map(({ id }) => id)).toEqual([
      "guest-resize",
      "guest-fsck",
      "guest-unit-containerd",
    ]);
    status.clearGuestProblems();
    expect(status.problems).toEqual([]);
  });

  it("tells a disk that cannot be used as the end of the start, with a way out", async () => {
    const { guest, status } = await session(["problem data-disk it holds something else"]);
    const told: string[] = [];
    guest.on("fatal", ({ code, message }) => told.push(`${code}: ${message}`));
    await guest.catchUp();
    expect(told).toEqual(["guest_data_disk: The VM cannot start Docker: it holds something else."]);
    expect(status.problems[0]?.hint).toContain("Nothing has been changed");
  });
});
