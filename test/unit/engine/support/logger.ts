import type { Logger } from "../../../../engine/vm.ts";

/** Keeps what is logged, for tests that look at it. */
export class MemoryLogger implements Logger {
  readonly lines: string[] = [];

  debug(): void {}

  info(message: string, fields?: Record<string, unknown>): void {
    this.#keep("info", message, fields);
  }

  warn(message: string, fields?: Record<string, unknown>): void {
    this.#keep("warn", message, fields);
  }

  error(message: string, fields?: Record<string, unknown>): void {
    this.#keep("error", message, fields);
  }

  #keep(level: string, message: string, fields?: Record<string, unknown>): void {
    this.lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  }
}
