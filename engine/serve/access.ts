import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/**
 * Who may use the served window. A one-time token, handed out in an address, is exchanged for a session
 * that the browser keeps in a cookie that scripts cannot read and other sites cannot send.
 */
export class Access {
  #token: string | null = null;
  readonly #sessions = new Set<string>();

  /** A new token; the one before becomes invalid. */
  issueToken(): string {
    this.#token = randomBytes(32).toString("base64url");
    return this.#token;
  }

  /** A session for a right token, which is used up by that; null for a wrong one. */
  exchange(token: string): string | null {
    if (this.#token === null || !equalSecrets(token, this.#token)) return null;
    this.#token = null;
    const session = randomBytes(32).toString("base64url");
    this.#sessions.add(session);
    return session;
  }

  isKnown(session: string | null): boolean {
    if (session === null) return false;
    return [...this.#sessions].some((known) => equalSecrets(session, known));
  }
}

/** Names under which a request may come in: a page of another name (DNS rebinding) is turned away. */
export function isOwnHost(request: IncomingMessage): boolean {
  const host = request.headers.host?.toLowerCase();
  return host !== undefined && ownHosts(request).includes(host);
}

/** Whether a request comes from our own page; browsers tell the origin wherever it matters. */
export function isOwnOrigin(request: IncomingMessage, required: boolean): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return !required;
  return origin.toLowerCase() === `http://${request.headers.host?.toLowerCase() ?? ""}`;
}

/** The session cookie's name; cookies do not know ports, so the port is in it. */
export function cookieName(port: number): string {
  return `berth-session-${port}`;
}

export function cookieOf(request: IncomingMessage, name: string): string | null {
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const [key, value] = part.trim().split("=");
    if (key === name && value !== undefined) return value;
  }
  return null;
}

function ownHosts(request: IncomingMessage): string[] {
  const { localAddress = "", localPort } = request.socket;
  const address = localAddress.replace(/^::ffff:/, "");
  const names = [address.includes(":") ? `[${address}]` : address];
  if (address === "127.0.0.1" || address === "::1") names.push("localhost");
  const hosts = names.map((name) => `${name}:${localPort}`);
  return localPort === 80 ? [...hosts, ...names] : hosts;
}

/** Compares without telling by its duration how much was right. */
function equalSecrets(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
