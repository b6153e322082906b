import { EventEmitter } from "node:events";
import { isIP } from "node:net";
import type { Endpoint } from "../../endpoint.ts";
import { BerthError, describeError } from "../../errors.ts";
import type { Logger } from "../../types.ts";
import type {
  MachineRunState,
  RunningMachine,
  RunningMachineEvents,
  RunRecord,
  SaveOptions,
} from "../driver.ts";
import { abandonSave, loadFrom, saveTo } from "./migration.ts";
import { killProcess, processGone } from "./process.ts";
import type { QmpClient } from "./qmp-client.ts";
import { blockIoErrorEvent, type QmpEvent, type RunState, shutdownEvent } from "./qmp-commands.ts";

interface QemuMachineParts {
  record: RunRecord;
  control: Endpoint;
  qmp: QmpClient;
  logger: Logger;
  /** What QEMU has written to its log. */
  lastWords: () => Promise<string>;
  /** Exit code, known only when the process is our child. */
  exited: Promise<number | null> | null;
}

/** A QEMU process we are connected to. */
export class QemuMachine extends EventEmitter<RunningMachineEvents> implements RunningMachine {
  readonly record: RunRecord;
  readonly control: Endpoint;
  readonly #qmp: QmpClient;
  readonly #logger: Logger;
  readonly #lastWords: () => Promise<string>;
  readonly #exited: Promise<number | null> | null;
  readonly #settled: Promise<void>;
  #ended = false;
  #detached = false;

  constructor(parts: QemuMachineParts) {
    super();
    this.record = parts.record;
    this.control = parts.control;
    this.#qmp = parts.qmp;
    this.#logger = parts.logger;
    this.#lastWords = parts.lastWords;
    this.#exited = parts.exited;
    this.#qmp.on("event", (event) => this.#onEvent(event));
    // Resolves when the process is gone and everybody has been told.
    this.#settled = new Promise((resolve) => {
      const settle = () => void this.#onQmpClosed().then(resolve);
      if (this.#qmp.closed) settle();
      else this.#qmp.once("close", settle);
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  async sshPort(): Promise<number> {
    const table = await this.#monitor("info usernet");
    // "TCP[HOST_FORWARD]  12  127.0.0.1 40123  10.0.2.15  22  0  0"
    const match = /TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)\s+\S+\s+22\s/.exec(table);
    if (match?.[1]) return Number(match[1]);
    throw new BerthError({
      code: "ssh_forward_missing",
      message: "QEMU offers no port that leads to the VM's SSH server.",
      hint: "Run `berth restart`; if it stays so, report it with `berth logs qemu`.",
    });
  }

  async runState(): Promise<MachineRunState> {
    if (this.#ended) return "ended";
    return meaning[(await this.#qmp.execute("query-status")).status];
  }

  async pause(): Promise<void> {
    await this.#qmp.execute("stop");
  }

  async resume(): Promise<void> {
    await this.#qmp.execute("cont");
  }

  async save(file: string, options: SaveOptions = {}): Promise<void> {
    await saveTo(this.#qmp, file, options);
  }

  async abandonSave(): Promise<void> {
    await abandonSave(this.#qmp);
  }

  async load(file: string): Promise<void> {
    await loadFrom(this.#qmp, file);
  }

  async growDisk(bytes: number): Promise<void> {
    await this.#qmp.execute("block_resize", { arguments: { "node-name": "data", size: bytes } });
  }

  /** Withdraws the UDP forwards of an engine before us; ours are declared anew. */
  async removeFormerForwards(): Promise<void> {
    const table = await this.#monitor("info usernet");
    for (const [, host, hostPort] of table.matchAll(/UDP\[HOST_FORWARD\]\s+\d+\s+(\S+)\s+(\d+)\s/g)) {
      await this.removeUdpForward(host ?? "", Number(hostPort));
    }
  }

  async addUdpForward(hostAddress: string, hostPort: number, guestPort: number): Promise<void> {
    const output = await this.#monitor(
      `hostfwd_add net0 udp:${address(hostAddress)}:${port(hostPort)}-:${port(guestPort)}`,
    );
    if (output.trim() !== "") throw new Error(output.trim());
  }

  async removeUdpForward(hostAddress: string, hostPort: number): Promise<void> {
    await this.#monitor(`hostfwd_remove net0 udp:${address(hostAddress)}:${port(hostPort)}`);
  }

  async end(): Promise<void> {
    if (this.#ended) return this.#settled;
    const { pid, identity } = this.record;
    await this.#qmp.execute("quit", { timeoutMs: 3_000 }).catch(() => undefined);
    if (!(await processGone(pid, identity, 5_000))) {
      this.#logger.warn("QEMU did not quit and is killed", { pid });
      await killProcess(pid, identity);
      await processGone(pid, identity, 5_000);
    }
    this.#qmp.close();
    await this.#settled;
  }

  detach(): void {
    this.#detached = true;
    this.#qmp.close();
    this.removeAllListeners();
  }

  async #monitor(line: string): Promise<string> {
    return this.#qmp.execute("human-monitor-command", { arguments: { "command-line": line } });
  }

  #onEvent({ event, data }: QmpEvent): void {
    this.#logger.debug("QEMU event", { event, data });
    if (event === "SHUTDOWN") {
      const parsed = shutdownEvent.safeParse(data);
      if (parsed.success && parsed.data.guest) this.emit("guestShutdown");
    }
    if (event === "STOP") void this.#whyStopped();
    if (event === "BLOCK_IO_ERROR") {
      const parsed = blockIoErrorEvent.safeParse(data);
      if (!parsed.success || parsed.data.action !== "stop") return;
      const { operation, nospace, reason } = parsed.data;
      this.emit("ioProblem", { operation, noSpace: nospace ?? false, reason });
    }
  }

  async #whyStopped(): Promise<void> {
    const state = await this.runState().catch(() => "ended" as const);
    if (state === "failed") this.emit("crashed", { reason: (await this.#lastWords()).split("\n")[0] ?? "" });
  }

  /** The protocol's end means the process's end; make sure before saying so. */
  async #onQmpClosed(): Promise<void> {
    if (this.#detached) return;
    this.#ended = true;
    const { pid, identity } = this.record;
    try {
      if (!(await processGone(pid, identity, 3_000))) {
        this.#logger.error("QEMU runs on without its control connection and is killed", { pid });
        await killProcess(pid, identity);
        await processGone(pid, identity, 3_000);
      }
    } catch (error) {
      this.#logger.error("QEMU's end could not be made sure of", { error: describeError(error) });
    }
    const exitCode = this.#exited ? await this.#exited : null;
    this.emit("exit", { exitCode, log: await this.#lastWords() });
  }
}

const meaning: Record<RunState, MachineRunState> = {
  running: "running",
  paused: "paused",
  suspended: "paused",
  prelaunch: "paused",
  debug: "paused",
  "io-error": "halted",
  inmigrate: "loading",
  "restore-vm": "loading",
  "finish-migrate": "saved",
  postmigrate: "saved",
  "save-vm": "saved",
  colo: "saved",
  "internal-error": "failed",
  "guest-panicked": "failed",
  watchdog: "failed",
  shutdown: "ended",
};

/** The monitor takes text, so nothing but real addresses and ports may go in. */
function address(value: string): string {
  if (isIP(value) === 4) return value;
  throw new BerthError({
    code: "forward_address",
    message: `UDP ports cannot be published on ${value}.`,
    hint: "Publish it on 127.0.0.1.",
  });
}

function port(value: number): string {
  if (Number.isInteger(value) && value > 0 && value < 65_536) return String(value);
  throw new BerthError({ code: "forward_port", message: `${value} is no port.`, hint: "Use 1 to 65535." });
}
