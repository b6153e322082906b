import { EventEmitter } from "node:events";
import { connectEngine } from "../engine/contract/connect.ts";
import type { EngineConnection, EngineProgram } from "../engine/contract/connect.ts";
import { describeFailure } from "../engine/contract/index.ts";
import type { Failure } from "../engine/contract/index.ts";
import type { ShellLog } from "./log.ts";

const firstDelayMs = 100;
const longestDelayMs = 30_000;

/** An engine that lived this long was a sound one: its end is met without a growing pause. */
const steadyMs = 5000;
/** A busy computer may take this long to start a program. */
const connectTimeoutMs = 60_000;

interface LinkOptions {
  home: string;
  version: string;
  program: EngineProgram;
  log: ShellLog;
}

interface LinkEvents {
  /** The engine answers; after a loss this is a new connection. */
  up: [EngineConnection];
  down: [];
  /** Why there is no engine, or null once there is one again. */
  notice: [Failure | null];
}

/**
 * The shell's own connection to the engine, kept alive: a lost engine is started again at once, one that
 * keeps failing with growing pauses. `end` lets go of it for good.
 */
export class EngineLink extends EventEmitter<LinkEvents> {
  readonly #options: LinkOptions;
  #connection: EngineConnection | null = null;
  #ended = false;
  #running = false;
  #failing = false;
  #wake: () => void = () => undefined;

  constructor(options: LinkOptions) {
    super();
    this.#options = options;
  }

  get connection(): EngineConnection | null {
    return this.#connection;
  }

  /** Whether the last attempt found no engine and could start none. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Keeps the connection until `end`, or again after one; never rejects. */
  async run(): Promise<void> {
    this.#ended = false;
    if (this.#running) return;
    this.#running = true;
    await this.#keep();
    this.#running = false;
  }

  async #keep(): Promise<void> {
    let delayMs = firstDelayMs;
    while (!this.#ended) {
      const attemptedAt = Date.now();
      const connection = await this.#connect();
      if (connection !== null) await this.#hold(connection);
      if (Date.now() - attemptedAt > steadyMs) delayMs = firstDelayMs;
      await this.#pause(delayMs);
      delayMs = Math.min(delayMs * 2, longestDelayMs);
    }
  }

  /** Tries again now instead of after the pause, for example because a person opened the window. */
  retry(): void {
    this.#wake();
  }

  /** Leaves the engine as it is and stops reconnecting; the present connection stays usable until `close`. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  close(): void {
    this.end();
    this.#connection?.close();
  }

  async #connect(): Promise<EngineConnection | null> {
    const { home, version, program, log } = this.#options;
    try {
      const connection = await connectEngine({
        home,
        version,
        program,
        start: true,
        timeoutMs: connectTimeoutMs,
      });
      this.#failing = false;
      log.info("engine connected", { pid: connection.hello.pid, version: connection.hello.version });
      return connection;
    } catch (error) {
      this.#failing = true;
      log.error("no engine", error);
      this.emit("notice", describeFailure(error));
      return null;
    }
  }

  async #hold(connection: EngineConnection): Promise<void> {
    if (this.#ended) {
      connection.close();
      return;
    }
    const closed = new Promise<void>((resolve) => {
      connection.socket.once("close", () => {
        resolve();
      });
    });
    this.#connection = connection;
    this.emit("notice", null);
    this.emit("up", connection);
    await closed;
    this.#connection = null;
    this.#options.log.info("engine connection closed");
    this.emit("down");
  }

  #pause(delayMs: number): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
