import { EventEmitter } from "node:events";
import type net from "node:net";
import { connectEndpoint, type Endpoint } from "../endpoint.ts";
import { BerthError } from "../errors.ts";
import type { Logger } from "../types.ts";
import { type GuestLine, parseGuestLine } from "./control-lines.ts";

interface ControlEvents {
  line: [Exclude<GuestLine, { kind: "reply" }>];
  /** The guest refuses what it had agreed to before. */
  refused: [string];
  close: [];
}

interface Request {
  text: string;
  accepts: (reply: string) => boolean;
  timeoutMs: number;
  resolve: (reply: string) => void;
  reject: (error: Error) => void;
}

const maxBufferedBytes = 64 * 1024;
/** How far off the guest's clock may be set, and how often that is tried. */
const timeErrorMs = 250;
const timeAttempts = 5;

/**
 * The line channel to the guest's init: it tells its phases and troubles, and takes a few requests. Requests
 * go one after the other, for replies carry no number.
 */
export class ControlChannel extends EventEmitter<ControlEvents> {
  readonly #socket: net.Socket;
  readonly #logger: Logger;
  readonly #queue: Request[] = [];
  #current: Request | null = null;
  #timer: NodeJS.Timeout | null = null;
  #buffer = "";
  #closed = false;

  private constructor(socket: net.Socket, logger: Logger) {
    super();
    this.#socket = socket;
    this.#logger = logger;
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => this.#read(chunk));
    socket.on("close", () => this.#onClose());
    socket.on("error", (error) => logger.debug("Control channel failed", { error: error.message }));
  }

  static async connect(endpoint: Endpoint, logger: Logger): Promise<ControlChannel> {
    return new ControlChannel(await connectEndpoint(endpoint, 5_000), logger);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Sets the guest's clock to this computer's time. */
  async setTime(timeoutMs = 10_000): Promise<void> {
    // A guest busy with its start may act on it late: the time an answer took is the error it can have.
    for (let attempt = 0; attempt < timeAttempts; attempt += 1) {
      const sentAt = performance.now();
      await this.#request(() => `time ${(Date.now() / 1000).toFixed(3)}`, "ok time", timeoutMs);
      if (performance.now() - sentAt < timeErrorMs) return;
    }
  }

  async ping(timeoutMs: number): Promise<void> {
    const token = Math.random().toString(36).slice(2, 10);
    await this.#request(() => `ping ${token}`, `pong ${token}`, timeoutMs);
  }

  /** Gives unused blocks back; resolves to the bytes the guest reports. */
  async trim(): Promise<number> {
    const reply = await this.#request(() => "trim", "ok trim", 300_000);
    return Number(/^ok trim (\d+)/.exec(reply)?.[1] ?? 0);
  }

  /** Lets the guest forget what it keeps in memory only to be faster. */
  async drop(): Promise<void> {
    await this.#request(() => "drop", "ok drop", 60_000);
  }

  /** Lets the file system fill the data disk; resolves to its size in bytes. */
  async grow(): Promise<number> {
    const reply = await this.#request(() => "grow", "ok grow", 300_000);
    return Number(/^ok grow (\d+)/.exec(reply)?.[1] ?? 0);
  }

  /** Lets the guest write its memory to its own disk; its end shows as the machine's, a refusal as `refused`. */
  async hibernate(): Promise<void> {
    await this.#request(() => "hibernate", "ok hibernate", 30_000);
  }

  /** Lets the guest repeat all its reports; they come as lines, before this resolves. */
  async replay(): Promise<void> {
    await this.#request(() => "state", "ok state", 10_000);
  }

  /** Asks for an ordered shutdown; its end shows as `bye` and the machine's exit. */
  requestShutdown(): void {
    this.#socket.write("shutdown\n");
  }

  close(): void {
    this.#socket.destroy();
    this.#onClose();
  }

  #request(text: () => string, expected: string, timeoutMs: number): Promise<string> {
    if (this.#closed) return Promise.reject(noAnswer("the connection has ended"));
    return new Promise((resolve, reject) => {
      this.#queue.push({
        // Made when it is sent, so that a time is not old already.
        get text() {
          return text();
        },
        accepts: (reply) => reply === expected || reply.startsWith(`${expected} `),
        timeoutMs,
        resolve,
        reject,
      });
      this.#sendNext();
    });
  }

  #sendNext(): void {
    if (this.#current || this.#closed) return;
    const next = this.#queue.shift();
    if (!next) return;
    this.#current = next;
    this.#timer = setTimeout(() => {
      this.#finish();
      next.reject(noAnswer(`it took longer than ${next.timeoutMs} ms`));
      this.#sendNext();
    }, next.timeoutMs);
    this.#socket.write(`${next.text}\n`);
  }

  #finish(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#current = null;
  }

  #read(chunk: string): void {
    this.#buffer += chunk;
    if (this.#buffer.length > maxBufferedBytes) {
      this.#logger.warn("The guest sent an endless line on its control channel");
      this.#buffer = "";
    }
    for (let end = this.#buffer.indexOf("\n"); end >= 0; end = this.#buffer.indexOf("\n")) {
      const raw = this.#buffer.slice(0, end);
      this.#buffer = this.#buffer.slice(end + 1);
      const line = parseGuestLine(raw);
      if (line === null) {
        if (raw.trim() !== "")
          this.#logger.debug("The guest sent an unknown line", { line: raw.slice(0, 200) });
      } else if (line.kind === "reply") this.#onReply(line.text);
      else this.emit("line", line);
    }
  }

  #onReply(text: string): void {
    const current = this.#current;
    if (!current) {
      if (text.startsWith("error ")) this.emit("refused", text.slice("error ".length));
      return;
    }
    if (current.accepts(text)) {
      this.#finish();
      current.resolve(text);
    } else if (text.startsWith("error")) {
      this.#finish();
      current.reject(noAnswer(`the guest answered "${text}"`));
    } else {
      // The late reply to a request given up on.
      return;
    }
    this.#sendNext();
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    const open = this.#current ? [this.#current, ...this.#queue] : [...this.#queue];
    this.#finish();
    this.#queue.length = 0;
    for (const request of open) request.reject(noAnswer("the connection has ended"));
    this.emit("close");
  }
}

function noAnswer(reason: string): BerthError {
  return new BerthError({
    code: "guest_no_answer",
    message: `The VM's init did not answer: ${reason}.`,
    hint: "What the VM said last is in `berth logs serial`.",
  });
}
