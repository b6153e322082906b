import type { ClientTap } from "../vm.ts";
import { requestKind } from "./docker-requests.ts";
import { type Framing, framingOf, HttpMessages, type MessageHead } from "./http-messages.ts";
import type { Use } from "./use.ts";

/** A connection to a published port: every byte is use, silence is none. */
export function portTap(use: Use): ClientTap {
  const touch = () => use.touch();
  touch();
  return { sent: touch, received: touch, closed: () => undefined };
}

interface Request {
  method: string;
  end: () => void;
}

/** A connection to the Docker socket: what is asked for decides whether it is use. */
export class DockerTap implements ClientTap {
  readonly #use: Use;
  /** Asked and not answered in full yet, oldest first. */
  readonly #open: Request[] = [];
  readonly #requests: HttpMessages;
  readonly #answers: HttpMessages;

  constructor(use: Use) {
    this.#use = use;
    this.#requests = new HttpMessages({ head: (head) => this.#asked(head), end: () => undefined });
    this.#answers = new HttpMessages({ head: (head) => this.#answered(head), end: () => this.#done() });
  }

  sent(chunk: Buffer): void {
    this.#requests.push(chunk);
  }

  received(chunk: Buffer): void {
    this.#answers.push(chunk);
  }

  closed(): void {
    for (const request of this.#open.splice(0)) request.end();
  }

  #asked({ first, headers }: MessageHead): Framing {
    const [method = "", target = ""] = first.split(" ");
    const kind = requestKind(method, target);
    this.#open.push({
      method,
      end: kind.kind === "work" ? this.#use.begin(kind.what) : () => undefined,
    });
    return framingOf(headers) ?? { kind: "length", bytes: 0 };
  }

  #answered({ first, headers }: MessageHead): Framing {
    const status = Number(first.split(" ")[1]);
    if (status < 200 && status !== 101) return { kind: "interim" };
    const bodiless = this.#open[0]?.method === "HEAD" || status === 204 || status === 304;
    const framing: Framing | null = bodiless ? { kind: "length", bytes: 0 } : framingOf(headers);
    if (status !== 101 && framing !== null) return framing;
    // Upgraded, or delimited by the end of the connection: the client's side is no more HTTP either.
    this.#requests.becomeRaw();
    return { kind: "raw" };
  }

  #done(): void {
    this.#open.shift()?.end();
  }
}
