import http from "node:http";
import { rm } from "node:fs/promises";
import Docker from "dockerode";
import { connectEngine, type EngineConnection } from "../../engine/contract/connect.ts";
import { type BerthClient, readStream, type Status, type VmState } from "../../engine/contract/index.ts";
import { bounds, eventually, within } from "./bounds.ts";
import { isAlive, killProcess, qemuPid } from "./processes.ts";

export type Transition = "suspend" | "resume" | "cold start" | "warm start" | "stop" | "snapshot";

interface RigOptions {
  home: string;
  /** The built `berth` program. */
  program: string;
}

const moving: ReadonlySet<VmState> = new Set(["creating", "starting", "suspending", "resuming", "stopping"]);

/** One home with its engine and VM, as a client sees them, and its processes. */
export class Rig {
  readonly home: string;
  readonly docker: Docker;
  readonly #program: string;
  #connection: EngineConnection | null = null;
  readonly #durations = new Map<Transition, number[]>();

  constructor({ home, program }: RigOptions) {
    this.home = home;
    this.#program = program;
    this.docker = new Docker({ socketPath: `${home}/docker.sock` });
  }

  /** The engine of the home, started where none runs. */
  async client(): Promise<BerthClient> {
    const open = this.#connection?.socket.readyState === 1;
    if (!open) {
      this.#connection = await connectEngine({
        home: this.home,
        version: "0.0.0",
        program: { command: process.execPath, args: [this.#program, "engine"] },
        start: true,
        timeoutMs: bounds.engineMs,
      });
    }
    if (this.#connection === null) throw new Error("There is no engine.");
    return this.#connection.client;
  }

  /** How the engine is run, for starting another one. */
  get engineCommand(): { command: string; args: string[] } {
    return { command: process.execPath, args: [this.#program, "engine"] };
  }

  async enginePid(): Promise<number> {
    await this.client();
    return this.#connection?.hello.pid ?? 0;
  }

  get qemu(): number | null {
    return qemuPid(this.home);
  }

  /** The status as it is, without measuring anything for it. */
  async peek(): Promise<Status> {
    const client = await this.client();
    for await (const status of readStream(client, client.vm.watch())) return status;
    throw new Error("The engine ended without telling its status.");
  }

  /**
   * The status once nothing is under way any more, restarts by itself included. Those after the first pause for
   * longer and longer; a start that is asked for meanwhile joins and ends the pause.
   */
  async settled(ms: number): Promise<Status> {
    const follow = async (): Promise<Status> => {
      const client = await this.client();
      let hurried = false;
      for await (const status of readStream(client, client.vm.watch())) {
        if (!hurried && (status.selfRestart?.attempt ?? 0) > 1) {
          hurried = true;
          // Whether it works is seen in the status.
          void client.vm.start({}).catch(() => undefined);
        }
        if (!moving.has(status.state) && status.selfRestart === null) return status;
      }
      throw new Error("The engine ended meanwhile.");
    };
    return within("A transition", ms, follow());
  }

  /** Runs a transition to its end and remembers how long such ones take. */
  async go(transition: Transition): Promise<void> {
    const begun = performance.now();
    const ms = transition.endsWith("start") ? bounds.startMs : bounds.transitionMs;
    await within(transition, ms, this.begin(transition));
    this.#remember(transition, performance.now() - begun);
  }

  /** Asks for a transition; settles with the engine's answer. */
  async begin(transition: Transition): Promise<void> {
    const client = await this.client();
    switch (transition) {
      case "suspend":
        return client.vm.suspend();
      case "resume":
        return client.vm.resume();
      case "cold start":
        return client.vm.start({ cold: true });
      case "warm start":
        return client.vm.start({});
      case "stop":
        return client.vm.stop({});
      case "snapshot":
        await client.snapshots.create({ name: `moment-${Date.now()}`, withState: true });
    }
  }

  /** How long such a transition usually takes, in milliseconds. */
  usualMs(transition: Transition): number {
    const known = [...(this.#durations.get(transition) ?? [])].sort((a, b) => a - b);
    return known[Math.floor(known.length / 2)] ?? defaultMs[transition];
  }

  #remember(transition: Transition, ms: number): void {
    this.#durations.set(transition, [...(this.#durations.get(transition) ?? []), ms].slice(-9));
  }

  /** Waits until Docker answers at the home's socket. */
  async dockerAnswers(): Promise<void> {
    await eventually("Docker's answer", bounds.dockerMs, () => this.ping(10_000));
  }

  /** Whether Docker answers within a time; a connection that finds no engine is a failure. */
  ping(timeoutMs: number): Promise<true | null> {
    return new Promise((resolve, reject) => {
      const request = http.get(
        { socketPath: `${this.home}/docker.sock`, path: "/_ping", timeout: timeoutMs, agent: false },
        (response) => {
          response.resume();
          resolve(response.statusCode === 200 ? true : null);
        },
      );
      request.on("timeout", () => request.destroy(new Error("No answer.")));
      request.on("error", reject);
    });
  }

  /** Runs a shell script as root in the VM; answers its output. */
  async guest(script: string): Promise<string> {
    const client = await this.client();
    const stream = client.terminal.open({
      session: crypto.randomUUID(),
      target: { kind: "vm" },
      command: ["sh", "-c", script],
      tty: false,
    });
    let output = "";
    for await (const item of readStream(client, stream)) {
      if (item.kind === "stdout") output += Buffer.from(item.data, "base64").toString();
    }
    return output;
  }

  /** Lets go of a connection whose engine is gone. */
  disconnect(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  async killEngine(): Promise<void> {
    const pid = await this.enginePid();
    killProcess(pid);
    await eventually("the engine's end", 10_000, () => (isAlive(pid) ? null : true));
    this.disconnect();
  }

  /** Ends everything and removes the home. */
  async dispose(): Promise<void> {
    const { qemu } = this;
    try {
      const client = await this.client();
      await within("Deleting", 30_000, client.vm.delete({ keepData: false }));
      await client.system.quit({ vm: "keep" });
    } catch {
      killProcess(this.#connection?.hello.pid ?? null);
      killProcess(qemu);
    }
    const engine = this.#connection?.hello.pid ?? null;
    this.disconnect();
    for (const pid of [engine, qemu]) {
      if (pid !== null) await eventually("the end of a process", 20_000, () => (isAlive(pid) ? null : true));
    }
    await rm(this.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** Until the first of a kind has been measured. */
const defaultMs: Record<Transition, number> = {
  suspend: 1500,
  resume: 2500,
  "cold start": 15_000,
  "warm start": 3000,
  stop: 4000,
  snapshot: 2000,
};
