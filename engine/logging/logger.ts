import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";
import { describeError, type Logger } from "../vm.ts";
import { redactFields, redactText } from "./redact.ts";

const levels = ["debug", "info", "warn", "error"] as const;
type Level = (typeof levels)[number];

export interface LogFileOptions {
  file: string;
  /** The least level that is written. Default `info`; `BERTH_LOG` overrides it. */
  level?: Level;
  /** Size at which the file moves to `<file>.1`; one old file is kept. Default 4 MiB. */
  capBytes?: number;
}

/**
 * Writes one line per entry to a capped file, secrets taken out. Writing is synchronous, so that the last
 * words before a crash are there; a full disk loses log lines, never the engine.
 */
export class FileLogger implements Logger {
  readonly file: string;
  readonly #capBytes: number;
  readonly #least: number;
  #descriptor: number | null = null;
  #size = 0;

  constructor(options: LogFileOptions) {
    this.file = options.file;
    this.#capBytes = options.capBytes ?? 4 * 1024 * 1024;
    this.#least = levels.indexOf(options.level ?? "info");
  }

  debug(message: string, fields?: Record<string, unknown>): void {
    this.#write("debug", message, fields);
  }

  info(message: string, fields?: Record<string, unknown>): void {
    this.#write("info", message, fields);
  }

  warn(message: string, fields?: Record<string, unknown>): void {
    this.#write("warn", message, fields);
  }

  error(message: string, fields?: Record<string, unknown>): void {
    this.#write("error", message, fields);
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #write(level: Level, message: string, fields?: Record<string, unknown>): void {
    if (levels.indexOf(level) < this.#least) return;
    const detail = fields === undefined ? "" : ` ${JSON.stringify(redactFields(fields, describeError))}`;
    const text = `${new Date().toISOString()} ${level.toUpperCase().padEnd(5)} ${redactText(message)}${detail}`;
    const line = Buffer.from(`${text.replaceAll(/[\r\n]+/g, " ⏎ ")}\n`);
    try {
      if (this.#size + line.length > this.#capBytes) this.#rotate();
      this.#descriptor ??= this.#open();
      this.#size += writeSync(this.#descriptor, line);
    } catch {
      // There is no better place to complain than this log.
    }
  }

  #open(): number {
    const descriptor = openSync(this.file, "a", 0o600);
    this.#size = fstatSync(descriptor).size;
    return descriptor;
  }

  #rotate(): void {
    this.close();
    this.#size = 0;
    renameSync(this.file, `${this.file}.1`);
  }
}

/** The level that `BERTH_LOG` asks for. */
export function levelFromEnvironment(environment: NodeJS.ProcessEnv): Level {
  return levels.find((level) => level === environment["BERTH_LOG"]) ?? "info";
}
