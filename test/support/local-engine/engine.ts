import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import manifest from "../../../package.json" with { type: "json" };
import { connectEngine, type EngineConnection } from "../../../engine/contract/connect.ts";
import type { DaemonSettings } from "./guest.ts";

const program = path.join(import.meta.dirname, "engine-process.ts");

/** An engine over a local machine, as our child, and our connection to it. */
export class EngineProcess {
  readonly connection: EngineConnection;
  readonly #child: ChildProcessWithoutNullStreams;

  private constructor(child: ChildProcessWithoutNullStreams, connection: EngineConnection) {
    this.#child = child;
    this.connection = connection;
  }

  static async start(home: string, imageDir: string, daemon: DaemonSettings): Promise<EngineProcess> {
    const child = spawn(process.execPath, [program, JSON.stringify(daemon)], {
      // A group of its own: Ctrl-C at a terminal is for us, who end it in order.
      detached: true,
      env: { ...process.env, BERTH_HOME: home, BERTH_IMAGE_DIR: imageDir },
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await Promise.race([
      once(child.stdout, "data"),
      once(child, "exit").then(() => Promise.reject(new Error(`The engine did not start: ${said}`))),
    ]);
    const connection = await connectEngine({
      home,
      version: manifest.version,
      program: { command: process.execPath, args: [program] },
      start: false,
    }).catch((cause: unknown) => {
      throw new Error(`The engine did not start: ${said}`, { cause });
    });
    return new EngineProcess(child, connection);
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.connection.close();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill(signal);
    await exited;
  }
}
