import http from "node:http";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { BerthError, type Tunnel } from "../vm.ts";

export interface HttpAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

interface GuestRequest {
  url: URL;
  headers?: Record<string, string>;
  /** Certificates (PEM) that are trusted; null trusts any. */
  trusted: string[] | null;
  signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 20_000;
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** A GET from where dockerd is: what it reaches and how it names hosts is what counts. */
export async function getFromGuest(
  guest: Pick<Tunnel, "connectTcp">,
  { url, headers = {}, trusted, signal }: GuestRequest,
): Promise<HttpAnswer> {
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const raw = await guest.connectTcp(host, port);
  const patience = AbortSignal.timeout(TIMEOUT_MS);
  const until = signal === undefined ? patience : AbortSignal.any([signal, patience]);
  try {
    const stream = url.protocol === "https:" ? await encrypted(raw, host, trusted, until) : raw;
    return await request(stream, url, headers, until);
  } catch (error) {
    if (!patience.aborted) throw error;
    throw new BerthError({
      code: "registry_not_reachable",
      message: `${url.host} does not answer.`,
      hint: "Check the address and the network, then try again.",
      cause: error,
    });
  } finally {
    raw.destroy();
  }
}

function encrypted(
  raw: Duplex,
  host: string,
  trusted: string[] | null,
  signal: AbortSignal,
): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      socket: raw,
      ...(/^[\d.:]+$/.test(host) ? {} : { servername: host }),
      host,
      ...(trusted === null ? { rejectUnauthorized: false } : { ca: trusted }),
    });
    const stop = () => socket.destroy(new Error("aborted"));
    signal.addEventListener("abort", stop, { once: true });
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      signal.removeEventListener("abort", stop);
      resolve(socket);
    });
  });
}

function request(
  stream: Duplex,
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const agent = new http.Agent({ keepAlive: false });
    agent.createConnection = () => stream;
    const path = `${url.pathname}${url.search}`;
    const wish = http.request({
      agent,
      host: url.hostname,
      path,
      headers: { host: url.host, ...headers },
      signal,
    });
    wish.on("error", reject);
    wish.on("response", (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (text: string) => {
        body += text;
        if (body.length > MAX_BODY_BYTES) answer.destroy(new Error("the answer is too long"));
      });
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    wish.end();
  });
}
