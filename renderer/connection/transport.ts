import { createORPCClient } from "@orpc/client";
import { RPCLink as PortLink } from "@orpc/client/message-port";
import { RPCLink as SocketLink } from "@orpc/client/websocket";
import type { BerthClient, Failure } from "../../engine/contract/client.ts";
import { noticeOf } from "./notice.ts";

/** What the shell posts to the page together with a fresh MessagePort to the engine. */
export const PORT_MESSAGE = "berth:port";
/** What the page posts once it listens. */
export const READY_MESSAGE = "berth:ready";

const BACK_OFF_MS = [250, 500, 1000, 2000, 4000, 8000];

export interface TransportEvents {
  /** A client that talks to an engine; replaces the one before. */
  connected(client: BerthClient): void;
  /** The connection ended; the transport is already looking for the next. */
  lost(): void;
  /** The shell says why there is no engine, or (null) that nothing is wrong. */
  notice(failure: Failure | null): void;
}

/** Takes ports from the desktop shell, or opens a WebSocket where the page came over HTTP. */
export function openTransport(events: TransportEvents): void {
  if (location.protocol === "http:" || location.protocol === "https:") {
    if (!handsOverPorts()) {
      connectSocket(events, 0);
      return;
    }
  }
  receivePorts(events);
}

/** The development page serves over HTTP but hands over ports as the shell does. */
function handsOverPorts(): boolean {
  return document.documentElement.dataset.transport === "port";
}

function receivePorts(events: TransportEvents): void {
  let current: MessagePort | null = null;
  window.addEventListener("message", (event: MessageEvent<unknown>) => {
    if (event.source !== window) return;
    const notice = noticeOf(event.data);
    if (notice !== undefined) events.notice(notice);
    const port = event.ports[0];
    if (event.data !== PORT_MESSAGE || port === undefined) return;
    current?.close();
    current = port;
    port.addEventListener("close", () => {
      if (current === port) {
        current = null;
        events.lost();
      }
    });
    const client: BerthClient = createORPCClient(new PortLink({ port }));
    port.start();
    events.connected(client);
  });
  window.postMessage(READY_MESSAGE, location.origin === "null" ? "*" : location.origin);
}

function connectSocket(events: TransportEvents, failures: number): void {
  const address = new URL("/rpc", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const websocket = new WebSocket(address);
  let opened = false;
  websocket.addEventListener("open", () => {
    opened = true;
    const client: BerthClient = createORPCClient(new SocketLink({ websocket }));
    events.connected(client);
  });
  websocket.addEventListener("close", () => {
    events.lost();
    const next = opened ? 0 : failures + 1;
    setTimeout(() => connectSocket(events, next), BACK_OFF_MS[Math.min(next, BACK_OFF_MS.length - 1)]);
  });
}
