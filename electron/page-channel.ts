import { ipcMain, MessageChannelMain } from "electron";
import type { WebContents } from "electron";
import type { WebSocket } from "ws";
import { openEngineSocket, relayPort } from "../engine/contract/connect.ts";
import type { Failure } from "../engine/contract/index.ts";
import type { EngineLink } from "./engine-link.ts";
import { isOwnMainFrame } from "./guards.ts";
import type { ShellLog } from "./log.ts";

/** A page whose own socket broke while the engine lives gets another one after this. */
const repairDelayMs = 500;

/**
 * Gives the window's page its port to the engine: when the page says it is ready, and again after the engine
 * came back. The page's messages travel on a socket of their own; a reload or a closed window ends it.
 */
export class PageChannel {
  readonly #home: string;
  readonly #link: EngineLink;
  #page: WebContents | null = null;
  #socket: WebSocket | null = null;
  #notice: Failure | null = null;

  constructor(home: string, link: EngineLink, log: ShellLog) {
    this.#home = home;
    this.#link = link;
    ipcMain.on("berth:ready", ({ sender, senderFrame }) => {
      if (!isOwnMainFrame(senderFrame)) {
        log.warn("message from a foreign frame refused", { url: senderFrame?.url.slice(0, 200) });
        return;
      }
      this.#page = sender;
      link.retry();
      this.#handOver();
    });
    link.on("up", () => {
      this.#handOver();
    });
    link.on("notice", (notice) => {
      this.#notice = notice;
      this.#tell();
    });
  }

  /** Lets go of the page; its socket is closed. */
  detach(): void {
    this.#page = null;
    this.#dropSocket();
  }

  /** Hands the page a fresh port where there is a page and an engine; the port before it is closed. */
  #handOver(): void {
    this.#tell();
    this.#dropSocket();
    if (this.#page === null || this.#page.isDestroyed() || this.#link.connection === null) return;
    const socket = openEngineSocket(this.#home);
    this.#socket = socket;
    socket.once("close", () => {
      if (this.#socket === socket) setTimeout(() => this.#repair(socket), repairDelayMs);
    });
    const { port1, port2 } = new MessageChannelMain();
    relayPort(port1, socket);
    this.#page.postMessage("berth:port", null, [port2]);
  }

  #repair(lost: WebSocket): void {
    if (this.#socket === lost) this.#handOver();
  }

  #dropSocket(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #tell(): void {
    if (this.#page?.isDestroyed() === false) this.#page.send("berth:notice", this.#notice);
  }
}
