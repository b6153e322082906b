import { EventEmitter, on } from "node:events";
import type { ResourceSample } from "../contract/index.ts";
import { pause } from "../live/pause.ts";
import { LineSplitter } from "../text/line-splitter.ts";
import { describeError, type Logger } from "../vm.ts";
import type { EngineMachine } from "./engine-machine.ts";
import { cpuPercent, type GuestSample, SampleReader, samplingScript } from "./guest-sample.ts";
import { residentMemoryMiB } from "./host-memory.ts";

type ResourceMachine = Pick<EngineMachine, "tunnel" | "snapshot">;
const RETRY_MS = 2_000;

/**
 * What the VM uses, sampled by one command in the guest that all readers share. It runs only while there is
 * a reader, and anew whenever the VM can be reached again.
 */
export class Resources {
  readonly #machine: ResourceMachine;
  readonly #logger: Logger;
  readonly #samples = new EventEmitter<{ sample: [ResourceSample] }>();
  #readers = 0;
  #sampling: AbortController | null = null;

  constructor(machine: ResourceMachine, logger: Logger) {
    this.#machine = machine;
    this.#logger = logger;
    this.#samples.setMaxListeners(0);
  }

  async *follow(signal: AbortSignal): AsyncGenerator<ResourceSample, void, void> {
    this.#readers += 1;
    const samples = on(this.#samples, "sample", { signal, highWaterMark: 100, lowWaterMark: 1 });
    this.#begin();
    try {
      for await (const [sample] of samples) yield sample;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#readers -= 1;
      if (this.#readers === 0) this.#end();
    }
  }

  #begin(): void {
    if (this.#sampling) return;
    this.#sampling = new AbortController();
    void this.#keepSampling(this.#sampling.signal);
  }

  #end(): void {
    this.#sampling?.abort();
    this.#sampling = null;
  }

  async #keepSampling(signal: AbortSignal): Promise<void> {
    const ended = () => signal.aborted;
    while (!ended()) {
      await tunnelUp(this.#machine, signal);
      if (ended()) return;
      try {
        await this.#sampleOnce(signal);
      } catch (error) {
        this.#logger.debug("sampling ended", { error: describeError(error) });
      }
      await pause(RETRY_MS, signal);
    }
  }

  async #sampleOnce(signal: AbortSignal): Promise<void> {
    const shell = await this.#machine.tunnel.openShell({ command: ["sh", "-c", samplingScript] });
    const close = () => shell.close();
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) close();
    shell.stderr.resume();
    const splitter = new LineSplitter();
    const reader = new SampleReader();
    let before: GuestSample | null = null;
    try {
      for await (const chunk of shell.stream) {
        for (const line of splitter.push(chunk as Buffer)) {
          const guest = reader.push(line);
          if (guest === null) continue;
          this.#samples.emit("sample", await this.#complete(before, guest));
          before = guest;
        }
      }
    } finally {
      signal.removeEventListener("abort", close);
      close();
    }
  }

  async #complete(before: GuestSample | null, guest: GuestSample): Promise<ResourceSample> {
    const { pid } = this.#machine.snapshot();
    return {
      at: new Date().toISOString(),
      cpuPercent: cpuPercent(before, guest),
      memoryUsedMiB: guest.memoryUsedMiB,
      memoryTotalMiB: guest.memoryTotalMiB,
      hostMemoryMiB: pid === null ? 0 : await residentMemoryMiB(pid),
      diskUsedBytes: guest.diskUsedBytes,
      diskTotalBytes: guest.diskTotalBytes,
    };
  }
}

/** Resolves when the tunnel is up, or the signal aborted. */
function tunnelUp(machine: ResourceMachine, signal: AbortSignal): Promise<void> {
  const { tunnel } = machine;
  return new Promise((resolve) => {
    const check = () => {
      if (tunnel.state !== "up" && !signal.aborted) return;
      tunnel.off("state", check);
      signal.removeEventListener("abort", check);
      resolve();
    };
    tunnel.on("state", check);
    signal.addEventListener("abort", check);
    check();
  });
}
