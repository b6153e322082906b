import { EventEmitter } from "node:events";
import type net from "node:net";
import type { z } from "zod";
import { connectEndpoint, type Endpoint } from "../../endpoint.ts";
import { BerthError } from "../../errors.ts";
import type { Logger } from "../../types.ts";
import {
  type QmpArguments,
  type QmpCommand,
  type QmpEvent,
  qmpGreeting,
  qmpMessage,
  qmpReplies,
  type QmpReply,
} from "./qmp-commands.ts";

interface QmpEvents {
  event: [QmpEvent];
  /** The connection ended, wanted or not. */
  close: [];
}

interface Waiting {
  command: QmpCommand;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** QEMU refused a command; `description` is QEMU's own sentence. */
export class QmpError extends Error {
  readonly description: string;
  constructor(command: string, description: string) {
    super(`QEMU refused ${command}: ${description}`);
    this.name = "QmpError";
    this.description = description;
  }
}

const maxLineBytes = 8 * 1024 * 1024;

/** A connection to QEMU's machine protocol: typed commands with time-outs, events, nothing else. */
export class QmpClient extends EventEmitter<QmpEvents> {
  readonly #socket: net.Socket;
  readonly #logger: Logger;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #buffer = "";
  #greeting: ((error: Error | null) => void) | null = null;
  #closed = false;

  private constructor(socket: net.Socket, logger: Logger) {
    super();
    this.#socket = socket;
    this.#logger = logger;
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => this.#read(chunk));
    socket.on("close", () => this.#onClose());
    socket.on("error", (error) => logger.debug("QMP connection failed", { error: error.message }));
  }

  /** Connects, reads the greeting and enters command mode, all within `timeoutMs`. */
  static async connect(endpoint: Endpoint, logger: Logger, timeoutMs: number): Promise<QmpClient> {
    const socket = await connectEndpoint(endpoint, timeoutMs);
    const client = new QmpClient(socket, logger);
    try {
      await client.#awaitGreeting(timeoutMs);
      await client.execute("qmp_capabilities", { timeoutMs });
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Runs one command; rejects with QmpError when refused, BerthError `qmp_timeout` or `qmp_closed`. */
  execute<C extends QmpCommand>(
    command: C,
    options: { timeoutMs?: number } & (C extends keyof QmpArguments
      ? { arguments: QmpArguments[C] }
      : object) = {} as never,
  ): Promise<QmpReply<C>> {
    const timeoutMs = options.timeoutMs ?? 10_000;
    if (this.#closed) return Promise.reject(closedError(command));
    const id = this.#nextId++;
    const args = "arguments" in options ? { arguments: options.arguments } : {};
    const schema: z.ZodType = qmpReplies[command];
    return new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(
          new BerthError({
            code: "qmp_timeout",
            message: `QEMU did not answer "${command}" within ${Math.round(timeoutMs / 1000)} s.`,
            hint: "If it stays so, run `berth stop --force` and start again.",
          }),
        );
      }, timeoutMs);
      this.#waiting.set(id, { command, resolve, reject, timer });
      this.#socket.write(`${JSON.stringify({ execute: command, ...args, id })}\n`);
    }).then((reply) => schema.parse(reply) as QmpReply<C>);
  }

  close(): void {
    this.#socket.destroy();
    this.#onClose();
  }

  #awaitGreeting(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#greeting?.(new Error("no QMP greeting")), timeoutMs);
      this.#greeting = (error) => {
        clearTimeout(timer);
        this.#greeting = null;
        if (error) reject(error);
        else resolve();
      };
    });
  }

  #read(chunk: string): void {
    this.#buffer += chunk;
    if (this.#buffer.length > maxLineBytes) {
      this.#logger.error("QEMU sent a QMP line beyond all measure");
      this.close();
      return;
    }
    for (let end = this.#buffer.indexOf("\n"); end >= 0; end = this.#buffer.indexOf("\n")) {
      const line = this.#buffer.slice(0, end).trim();
      this.#buffer = this.#buffer.slice(end + 1);
      if (line !== "") this.#handleLine(line);
    }
  }

  #handleLine(line: string): void {
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      this.#logger.warn("QEMU sent a QMP line that is not JSON", { line: line.slice(0, 200) });
      return;
    }
    if (this.#greeting) {
      const greeting = qmpGreeting.safeParse(json);
      this.#greeting(greeting.success ? null : new Error("the other side is not QEMU"));
      return;
    }
    const parsed = qmpMessage.safeParse(json);
    if (!parsed.success) {
      this.#logger.warn("QEMU sent an unexpected QMP message", { line: line.slice(0, 200) });
      return;
    }
    const message = parsed.data;
    if ("event" in message) this.emit("event", message);
    else this.#settle(message);
  }

  #settle(
    message: { return: unknown; id: number } | { error: { desc: string }; id?: number | undefined },
  ): void {
    if (message.id === undefined) return;
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    this.#waiting.delete(message.id);
    clearTimeout(waiting.timer);
    if ("error" in message) waiting.reject(new QmpError(waiting.command, message.error.desc));
    else waiting.resolve(message.return);
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#greeting?.(new Error("QEMU closed the connection before its greeting"));
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(closedError(waiting.command));
    }
    this.#waiting.clear();
    this.emit("close");
  }
}

function closedError(command: string): BerthError {
  return new BerthError({
    code: "qmp_closed",
    message: `QEMU ended before it answered "${command}".`,
    hint: "Run `berth start`; what QEMU said last is in `berth logs qemu`.",
  });
}
