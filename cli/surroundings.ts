import type { Readable, Writable } from "node:stream";
import type { BerthClient } from "../engine/contract/index.ts";
import { version } from "./version.ts";

/** Standard input as the CLI uses it: a terminal, a pipe or a file. */
export type InputStream = Readable & {
  isTTY?: boolean;
  setRawMode?: (raw: boolean) => unknown;
  unref?: () => unknown;
};

/** Standard output or standard error. */
export type OutputStream = Writable & { isTTY?: boolean; columns?: number; rows?: number };

/** An open connection to an engine. */
export interface Connection {
  client: BerthClient;
  close(): void | Promise<void>;
}

/** Everything that the CLI takes from the process around it. */
export interface Surroundings {
  stdin: InputStream;
  stdout: OutputStream;
  stderr: OutputStream;
  environment: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  /** Connects to the engine of a home; starts one where none runs, when `start` says so. */
  connect(home: string, start: boolean): Promise<Connection>;
  /** Calls `handler` instead of ending on Ctrl-C; the answer takes the handler away again. */
  onInterrupt(handler: () => void): () => void;
}

/** A busy computer may take this long to start a program; then something is wrong. */
const CONNECT_TIMEOUT_MS = 60_000;

/** The real process. */
export function processSurroundings(): Surroundings {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    platform: process.platform,
    async connect(home, start) {
      const { connectEngine } = await import("../engine/contract/connect.ts");
      const { engineProgram } = await import("./engine-program.ts");
      return connectEngine({
        home,
        version,
        program: await engineProgram(),
        start,
        timeoutMs: CONNECT_TIMEOUT_MS,
      });
    },
    onInterrupt(handler) {
      process.on("SIGINT", handler);
      process.on("SIGTERM", handler);
      return () => {
        process.off("SIGINT", handler);
        process.off("SIGTERM", handler);
      };
    },
  };
}
