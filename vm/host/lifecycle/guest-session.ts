import { EventEmitter } from "node:events";
import type { RunningMachine } from "../driver/driver.ts";
import { BerthError, describeError } from "../errors.ts";
import { ControlChannel } from "../guest/control-channel.ts";
import type { GuestLine } from "../guest/control-lines.ts";
import type { Logger } from "../types.ts";
import { guestProblemId, type MachineStatus } from "./status.ts";

interface GuestSessionEvents {
  /** The guest's init speaks. */
  hello: [];
  phase: [{ name: string; uptimeSeconds: number }];
  /** The guest cannot come up. */
  fatal: [BerthError];
  /** The guest has shut down in order. */
  bye: [];
  /** The guest goes on from its own hibernation image. */
  resumed: [];
  /** The guest refuses what it had agreed to before. */
  refused: [string];
}

/** Troubles that keep the Docker engine from starting. */
const fatalProblems: Record<string, string> = {
  "data-disk":
    "Nothing has been changed on the disk. See `berth logs serial`; put a backup of the data disk in its place, or begin anew with `berth delete`.",
  "root-disk":
    "Install the guest image again with `berth doctor --fix`. Your data is on another disk and stays.",
};

/** The talk with the guest's init during one run of the machine. */
export class GuestSession extends EventEmitter<GuestSessionEvents> {
  /** The disk was left complete, though not unmounted: its check says nothing that a person should know. */
  diskWasSynced = false;
  readonly #machine: Pick<RunningMachine, "control">;
  readonly #status: MachineStatus;
  readonly #logger: Logger;
  #channel: ControlChannel | null = null;
  #connecting: Promise<ControlChannel> | null = null;
  #closed = false;
  #saidBye = false;
  #ready = false;

  constructor(machine: Pick<RunningMachine, "control">, status: MachineStatus, logger: Logger) {
    super();
    this.#machine = machine;
    this.#status = status;
    this.#logger = logger;
  }

  get saidBye(): boolean {
    return this.#saidBye;
  }

  /** The guest has nothing left to do for its start (on the first boot it loads an image once Docker is up). */
  get ready(): boolean {
    return this.#ready;
  }

  /** Connects the channel. */
  async connect(): Promise<void> {
    await this.#connected();
  }

  /** Asks for everything the guest has reported before we listened. */
  async catchUp(): Promise<void> {
    await (await this.#connected()).replay();
  }

  async setTime(): Promise<void> {
    await (await this.#connected()).setTime();
  }

  async trim(): Promise<number> {
    return (await this.#connected()).trim();
  }

  async drop(): Promise<void> {
    await (await this.#connected()).drop();
  }

  async grow(): Promise<number> {
    return (await this.#connected()).grow();
  }

  async hibernate(): Promise<void> {
    await (await this.#connected()).hibernate();
  }

  async requestShutdown(): Promise<void> {
    (await this.#connected()).requestShutdown();
  }

  close(): void {
    this.#closed = true;
    this.#channel?.close();
    this.#channel = null;
    this.removeAllListeners();
  }

  /** QEMU serves one client on this channel: there must never be two of us. */
  #connected(): Promise<ControlChannel> {
    if (this.#channel && !this.#channel.closed) return Promise.resolve(this.#channel);
    this.#connecting ??= this.#connectChannel().finally(() => (this.#connecting = null));
    return this.#connecting;
  }

  async #connectChannel(): Promise<ControlChannel> {
    const channel = await ControlChannel.connect(this.#machine.control, this.#logger).catch(
      (cause: unknown) => {
        throw new BerthError({
          code: "guest_no_answer",
          message: "The VM's control channel cannot be reached.",
          hint: "If the VM does not react at all, run `berth stop --force` and start again.",
          cause,
        });
      },
    );
    if (this.#closed) {
      channel.close();
      throw new Error("the session has been closed");
    }
    this.#channel = channel;
    channel.on("line", (line) => this.#onLine(line));
    channel.on("refused", (text) => this.emit("refused", text));
    return channel;
  }

  #onLine(line: Exclude<GuestLine, { kind: "reply" }>): void {
    switch (line.kind) {
      case "hello":
        this.emit("hello");
        break;
      case "phase":
        if (line.name === "ready") this.#ready = true;
        this.emit("phase", { name: line.name, uptimeSeconds: line.uptimeSeconds });
        break;
      case "problem":
        this.#onProblem(line.id, line.text);
        break;
      case "note":
        this.#onNote(line.id, line.text);
        break;
      case "down":
        this.#status.addProblem({
          id: guestProblemId(`unit-${line.unit}`),
          message: `${line.unit} in the VM ended (exit ${line.exit}) and is being started again.`,
          hint: `If it does not come back, look at \`berth logs ${line.unit}\` and run \`berth restart\`.`,
          severity: "problem",
        });
        break;
      case "up":
        this.#status.removeProblem(guestProblemId(`unit-${line.unit}`));
        this.#status.removeProblem(guestProblemId(`${line.unit}-crash-loop`));
        break;
      case "resumed":
        this.#ready = true;
        this.emit("resumed");
        break;
      case "bye":
        this.#saidBye = true;
        this.emit("bye");
        break;
    }
  }

  #onNote(id: string, text: string): void {
    this.#logger.info("Note of the guest", { id, text });
    if (id !== "fsck" || this.diskWasSynced) return;
    this.#status.addProblem({
      id: guestProblemId(id),
      message: `The data disk had not been unmounted in order, and was checked: ${text}.`,
      hint: "Nothing is needed. What containers had not written to the disk yet is lost.",
      severity: "note",
    });
  }

  #onProblem(id: string, text: string): void {
    const hint = fatalProblems[id];
    if (hint === undefined) {
      this.#status.addProblem({
        id: guestProblemId(id),
        message: `The VM reports: ${text}.`,
        hint: "Details are in `berth logs serial`.",
        severity: "problem",
      });
      return;
    }
    const error = new BerthError({
      code: `guest_${id.replaceAll("-", "_")}`,
      message: `The VM cannot start Docker: ${text}.`,
      hint,
    });
    this.#logger.error("The guest cannot come up", { error: describeError(error) });
    this.#status.addError(error);
    this.emit("fatal", error);
  }
}
