import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";

const limitBytes = 1024 * 1024;

/** The shell's own log, `logs/shell.log` in the home; at one MiB it becomes `shell.log.1`. */
export interface ShellLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, error: unknown): void;
}

/** Opens the log of a home. Writing never throws: a full disk must not take the window down. */
export function openLog(home: string): ShellLog {
  const folder = path.join(home, "logs");
  const file = path.join(folder, "shell.log");
  const write = (level: string, message: string, fields: Record<string, unknown>): void => {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > limitBytes) renameSync(file, `${file}.1`);
      const line = JSON.stringify({ at: new Date().toISOString(), level, message, ...fields });
      appendFileSync(file, `${line}\n`, { mode: 0o600 });
    } catch {
      return;
    }
  };
  return {
    info: (message, fields = {}) => {
      write("info", message, fields);
    },
    warn: (message, fields = {}) => {
      write("warn", message, fields);
    },
    error: (message, error) => {
      write("error", message, { cause: describeCause(error) });
    },
  };
}

function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${describeCause(error.cause)}`;
}
