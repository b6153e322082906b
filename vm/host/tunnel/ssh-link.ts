import { EventEmitter } from "node:events";
import type { Client } from "ssh2";
import { BerthError, describeError } from "../errors.ts";
import type { MachineKeys } from "../guest/keys.ts";
import type { Logger, TunnelState } from "../types.ts";
import { pingDocker } from "./probe.ts";
import { ChannelTimeout, connectSsh, hasEnded, openUnix } from "./ssh-connection.ts";

/** Where the guest's sshd is to be found. */
export interface LinkTarget {
  port: number;
  keys: MachineKeys;
  /** Do not try before the first `poke`: the guest will tell when its sshd is there. */
  waitForPoke: boolean;
}

interface LinkEvents {
  state: [TunnelState];
  /** SSH works (Docker may not yet). */
  connected: [];
}

const bannerTimeoutMs = 3_000;
const handshakeTimeoutMs = 30_000;
const probeTimeoutMs = 10_000;
/** Pause between two probes of a tunnel that works. */
const keepaliveMs = 20_000;
const dockerRetryMs = 150;
const slowDockerRetryMs = 1_000;
const firstDelayMs = 50;
const longestDelayMs = 2_000;

/**
 * One SSH connection that is made again whenever it is lost, and the knowledge whether Docker answers through
 * it. The keepalive is a real request to Docker, so "up" means what it says.
 */
export class SshLink extends EventEmitter<LinkEvents> {
  readonly #logger: Logger;
  readonly #dockerSocket: string;
  #target: LinkTarget | null = null;
  #stopping = new AbortController();
  #client: Client | null = null;
  #state: TunnelState = "down";
  #held = false;
  #wake: () => void = () => undefined;

  constructor(logger: Logger, dockerSocket: string) {
    super();
    this.setMaxListeners(0);
    this.#logger = logger;
    this.#dockerSocket = dockerSocket;
  }

  get state(): TunnelState {
    return this.#state;
  }

  get connected(): boolean {
    return this.#client !== null;
  }

  open(target: LinkTarget): void {
    this.shut();
    this.#target = target;
    this.#held = false;
    this.#stopping = new AbortController();
    this.#setState("connecting");
    void this.#supervise(target, this.#stopping.signal);
  }

  shut(): void {
    this.#stopping.abort();
    this.#target = null;
    this.#drop();
    this.#setState("down");
  }

  /** As `shut`, but the guest hears of it and ends its side; waits for that, within the time. */
  async leave(timeoutMs: number): Promise<void> {
    const client = this.#client;
    this.#client = null;
    this.shut();
    if (client === null || hasEnded(client)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      client.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      client.end();
    });
    client.destroy();
  }

  poke(): void {
    if (this.#target) this.#target.waitForPoke = false;
    this.#wake();
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.poke();
  }

  /** Something strange happened on this connection: probe it now rather than later. */
  doubt(client: Client): void {
    if (client === this.#client) this.poke();
  }

  whenConnected(timeoutMs: number): Promise<Client> {
    return this.#when(() => this.#client, timeoutMs);
  }

  whenUp(timeoutMs: number): Promise<Client> {
    return this.#when(() => (this.#state === "up" ? this.#client : null), timeoutMs);
  }

  #when(value: () => Client | null, timeoutMs: number): Promise<Client> {
    const now = value();
    if (now) return Promise.resolve(now);
    return new Promise((resolve, reject) => {
      const look = () => {
        const client = value();
        if (client) finish(() => resolve(client));
        else if (this.#state === "down") finish(() => reject(lost()));
      };
      const timer = setTimeout(() => finish(() => reject(tooLate(timeoutMs))), timeoutMs);
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        this.off("state", look);
        this.off("connected", look);
        settle();
      };
      this.on("state", look);
      this.on("connected", look);
      look();
    });
  }

  async #supervise(target: LinkTarget, signal: AbortSignal): Promise<void> {
    const over = () => signal.aborted;
    let delayMs = firstDelayMs;
    while (!over()) {
      if (target.waitForPoke || this.#held) {
        await this.#pause(null, signal);
        continue;
      }
      try {
        const client = await connectSsh({ ...target, bannerTimeoutMs, handshakeTimeoutMs, signal });
        if (over()) {
          client.destroy();
          return;
        }
        delayMs = firstDelayMs;
        this.#adopt(client);
        await this.#watch(client, signal);
      } catch (error) {
        this.#logger.debug("The guest's SSH server was not reached", { error: describeError(error) });
      }
      if (over()) return;
      this.#drop();
      this.#setState("connecting");
      await this.#pause(delayMs, signal);
      delayMs = Math.min(delayMs * 2, longestDelayMs);
    }
  }

  /** Probes until the connection is lost. */
  async #watch(client: Client, signal: AbortSignal): Promise<void> {
    const over = () => signal.aborted || client !== this.#client || hasEnded(client);
    let misses = 0;
    let refusals = 0;
    while (!over()) {
      if (this.#held) {
        await this.#pause(null, signal);
        continue;
      }
      const outcome = await this.#probe(client);
      if (over() || this.#isHeld()) continue;
      if (outcome === "answers") {
        misses = 0;
        refusals = 0;
        this.#setState("up");
        await this.#pause(keepaliveMs, signal);
      } else if (outcome === "refused") {
        misses = 0;
        refusals += 1;
        this.#setState("connecting");
        await this.#pause(refusals < 200 ? dockerRetryMs : slowDockerRetryMs, signal);
      } else {
        misses += 1;
        if (misses >= 2) return;
      }
    }
  }

  async #probe(client: Client): Promise<"answers" | "refused" | "silent"> {
    try {
      const channel = await openUnix(client, this.#dockerSocket, probeTimeoutMs);
      return (await pingDocker(channel, probeTimeoutMs)) ? "answers" : "refused";
    } catch (error) {
      this.#logger.debug("Docker does not answer yet", { error: describeError(error) });
      if (error instanceof ChannelTimeout) return "silent";
      return client === this.#client ? "refused" : "silent";
    }
  }

  #isHeld(): boolean {
    return this.#held;
  }

  #adopt(client: Client): void {
    this.#client = client;
    const onEnd = () => {
      if (this.#client !== client) return;
      this.#client = null;
      if (this.#target) this.#setState("connecting");
      this.#wake();
    };
    client.on("close", onEnd);
    client.on("end", onEnd);
    this.emit("connected");
  }

  #drop(): void {
    const client = this.#client;
    this.#client = null;
    client?.destroy();
  }

  #setState(state: TunnelState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.emit("state", state);
  }

  /** Sleeps until the time is over (null: for ever), somebody pokes, or it is all over. */
  #pause(durationMs: number | null, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", finish);
        this.#wake = () => undefined;
        resolve();
      };
      const timer = durationMs === null ? undefined : setTimeout(finish, durationMs);
      signal.addEventListener("abort", finish, { once: true });
      this.#wake = finish;
    });
  }
}

function lost(): BerthError {
  return new BerthError({
    code: "vm_not_running",
    message: "The VM stopped running.",
    hint: "Start it with `berth start`.",
  });
}

function tooLate(timeoutMs: number): BerthError {
  return new BerthError({
    code: "docker_unreachable",
    message: `The Docker engine in the VM did not answer within ${Math.round(timeoutMs / 1000)} s.`,
    hint: "Look at `berth status`; `berth restart` helps if it does not recover by itself.",
  });
}
