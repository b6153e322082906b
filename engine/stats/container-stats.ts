import type Docker from "dockerode";
import type { ContainerSample, ContainerSummary } from "../contract/index.ts";
import { openStream } from "../docker/index.ts";
import type { LiveList } from "../live/live-list.ts";
import { pause } from "../live/pause.ts";
import { Wakeup } from "../live/wakeup.ts";
import { LineSplitter } from "../text/line-splitter.ts";
import { describeError, type Logger } from "../vm.ts";
import { statsAnswer } from "./answer.ts";
import { Sampler } from "./sample.ts";

/** A measurement goes on this long without readers, so that scrolling a list does not begin it anew. */
const LINGER_MS = 2_000;
const RETRY_MS = 1_000;
const MAX_MESSAGE_BYTES = 256 * 1024;

interface StatsSource {
  docker: Docker;
  containers: LiveList<ContainerSummary>;
  logger: Logger;
}

/** What containers use. Each is measured once, however many look, and only while somebody does. */
export class ContainerStats {
  readonly #source: StatsSource;
  readonly #measurements = new Map<string, Measurement>();

  constructor(source: StatsSource) {
    this.#source = source;
  }

  /** Containers that are being measured right now. */
  get measured(): number {
    return this.#measurements.size;
  }

  /** Samples of these containers, the last known ones at once; a slow reader skips some. */
  async *follow(ids: readonly string[], signal: AbortSignal): AsyncGenerator<ContainerSample, void, void> {
    const wakeup = new Wakeup(signal);
    const fresh = new Map<string, ContainerSample>();
    const take = (sample: ContainerSample) => {
      fresh.set(sample.id, sample);
      wakeup.notify();
    };
    const leave = [...new Set(ids)].map((id) => this.#join(id, take));
    try {
      while (await wakeup.next()) {
        const samples = [...fresh.values()];
        fresh.clear();
        yield* samples;
      }
    } finally {
      for (const one of leave) one();
    }
  }

  close(): void {
    for (const measurement of this.#measurements.values()) measurement.end();
    this.#measurements.clear();
  }

  #join(id: string, reader: (sample: ContainerSample) => void): () => void {
    let measurement = this.#measurements.get(id);
    if (measurement === undefined) {
      measurement = new Measurement(id, this.#source, () => this.#measurements.delete(id));
      this.#measurements.set(id, measurement);
    }
    return measurement.join(reader);
  }
}

/** One container's stream of stats, shared by its readers. */
class Measurement {
  readonly #id: string;
  readonly #source: StatsSource;
  readonly #ended: () => void;
  readonly #readers = new Set<(sample: ContainerSample) => void>();
  readonly #ending = new AbortController();
  #last: ContainerSample | null = null;
  #lingering: NodeJS.Timeout | undefined;

  constructor(id: string, source: StatsSource, ended: () => void) {
    this.#id = id;
    this.#source = source;
    this.#ended = ended;
    void this.#measure();
  }

  join(reader: (sample: ContainerSample) => void): () => void {
    clearTimeout(this.#lingering);
    this.#readers.add(reader);
    if (this.#last !== null) reader(this.#last);
    return () => {
      this.#readers.delete(reader);
      if (this.#readers.size === 0) this.#lingering = setTimeout(() => this.end(), LINGER_MS);
    };
  }

  end(): void {
    clearTimeout(this.#lingering);
    this.#ending.abort();
    this.#ended();
  }

  async #measure(): Promise<void> {
    const { signal } = this.#ending;
    const { containers, logger } = this.#source;
    const running = () =>
      containers.get(this.#id)?.state === "running" || containers.get(this.#id)?.state === "paused";
    const ended = () => signal.aborted;
    while (!ended()) {
      if (running()) {
        try {
          await this.#readStats(signal);
        } catch (error) {
          if (!ended()) logger.debug("stats ended", { container: this.#id, error: describeError(error) });
        }
        this.#last = null;
        await pause(RETRY_MS, signal);
      } else {
        await changed(containers, running, signal);
      }
    }
  }

  async #readStats(signal: AbortSignal): Promise<void> {
    const path = `/containers/${encodeURIComponent(this.#id)}/stats`;
    const chunks = await openStream(this.#source.docker, { path, query: { stream: true }, signal });
    const splitter = new LineSplitter(MAX_MESSAGE_BYTES);
    const sampler = new Sampler(this.#id);
    for await (const chunk of chunks) {
      for (const line of splitter.push(chunk as Buffer)) {
        const sample = line === "" ? null : sampler.push(statsAnswer.parse(JSON.parse(line)));
        // A stopped container is told of in empty messages until the stream is left.
        if (sample === null) return;
        this.#last = sample;
        for (const reader of this.#readers) reader(sample);
      }
    }
  }
}

/** Resolves once the condition holds for the list, or the signal is aborted. */
async function changed(
  list: LiveList<ContainerSummary>,
  holds: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const wakeup = new Wakeup(signal);
  const unsubscribe = list.onChange(() => wakeup.notify());
  try {
    while (!holds() && (await wakeup.next()));
  } finally {
    unsubscribe();
  }
}
