import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import type { LocalGuest } from "./guest.ts";

/** The way to TCP addresses inside of a local guest: one process of ours in its network. */
export class Relay {
  readonly #socketPath: string;
  readonly #hostsFile: string;
  readonly #child: ChildProcess;

  private constructor(socketPath: string, hostsFile: string, child: ChildProcess) {
    this.#socketPath = socketPath;
    this.#hostsFile = hostsFile;
    this.#child = child;
  }

  static async open(guest: LocalGuest, folder: string): Promise<Relay> {
    const socketPath = path.join(folder, `relay-${process.pid}.sock`);
    await rm(socketPath, { force: true });
    const script = path.join(import.meta.dirname, "relay.mjs");
    const inNetwork = ["--target", String(guest.pid), "--net", "--", process.execPath, script, socketPath];
    const child = spawn("nsenter", inNetwork, { stdio: ["pipe", "pipe", "inherit"] });
    await Promise.race([
      once(child.stdout, "data"),
      once(child, "exit").then(() =>
        Promise.reject(new Error("The relay into the local guest did not start.")),
      ),
    ]);
    return new Relay(socketPath, path.join(guest.root, "etc/hosts"), child);
  }

  /** A stream to an address as seen from the guest; rejects with what refused it. */
  async connect(host: string, port: number): Promise<net.Socket> {
    const socket = net.connect({ path: this.#socketPath, allowHalfOpen: true });
    await once(socket, "connect");
    socket.write(`${await this.#addressOf(host)} ${port}\n`);
    const answer = await firstLine(socket);
    if (answer !== "ok") {
      socket.destroy();
      throw new Error(answer);
    }
    return socket;
  }

  /** The relay has this computer's files: names that only the guest knows are looked up for it. */
  async #addressOf(host: string): Promise<string> {
    const lines = (await readFile(this.#hostsFile, "utf8")).split("\n").map((line) => line.split(/\s+/));
    return lines.find(([, ...names]) => names.includes(host))?.[0] ?? host;
  }

  close(): void {
    this.#child.stdin?.end();
  }
}

/** Reads up to the first newline and leaves the rest in the stream. */
async function firstLine(socket: net.Socket): Promise<string> {
  let line = "";
  for (;;) {
    const byte = socket.read(1) as Buffer | null;
    if (byte === null) {
      if (socket.readableEnded || socket.destroyed) return line || "The relay closed.";
      await Promise.race([once(socket, "readable"), once(socket, "end"), once(socket, "close")]);
      continue;
    }
    const text = byte.toString();
    if (text === "\n") return line;
    line += text;
  }
}
