import type { ContainerSample } from "../contract/index.ts";
import type { StatsAnswer } from "./answer.ts";

/** Figures that only grow, at one moment. */
interface Counters {
  atMs: number;
  cpuNanoseconds: number;
  received: number;
  sent: number;
  read: number;
  written: number;
}

/** Makes samples of one container's stats: rates are the growth since the message before. */
export class Sampler {
  readonly #id: string;
  #before: Counters | null = null;

  constructor(id: string) {
    this.#id = id;
  }

  /** Null where the message holds nothing: Docker sends an empty one while the container does not run. */
  push(answer: StatsAnswer): ContainerSample | null {
    const atMs = Date.parse(answer.read);
    const memory = answer.memory_stats;
    if (!(atMs > 0) || !memory || !answer.cpu_stats?.cpu_usage) return null;
    const now = countersOf(answer, atMs);
    const before = this.#before !== null && this.#before.atMs < atMs ? this.#before : null;
    this.#before = now;
    const rate = (of: (counters: Counters) => number): number | null =>
      // A counter below the one before belongs to a new start.
      before === null || of(now) < of(before)
        ? null
        : ((of(now) - of(before)) * 1000) / (now.atMs - before.atMs);
    const cpu = rate((counters) => counters.cpuNanoseconds);
    return {
      id: this.#id,
      at: new Date(atMs).toISOString(),
      cpuPercent: cpu === null ? null : cpu / 1e7,
      memoryBytes: Math.max(0, memory.usage - cacheOf(memory.stats ?? {})),
      memoryLimitBytes: memory.limit,
      processes: answer.pids_stats?.current ?? 0,
      receivedBytesPerSecond: rate((counters) => counters.received),
      sentBytesPerSecond: rate((counters) => counters.sent),
      readBytesPerSecond: rate((counters) => counters.read),
      writtenBytesPerSecond: rate((counters) => counters.written),
    };
  }
}

function countersOf(answer: StatsAnswer, atMs: number): Counters {
  const networks = Object.values(answer.networks ?? {});
  const transfers = answer.blkio_stats?.io_service_bytes_recursive ?? [];
  const transferred = (op: string) =>
    transfers.filter((one) => one.op.toLowerCase() === op).reduce((sum, one) => sum + one.value, 0);
  return {
    atMs,
    cpuNanoseconds: answer.cpu_stats?.cpu_usage?.total_usage ?? 0,
    received: networks.reduce((sum, one) => sum + one.rx_bytes, 0),
    sent: networks.reduce((sum, one) => sum + one.tx_bytes, 0),
    read: transferred("read"),
    written: transferred("write"),
  };
}

/** Page cache that the kernel can drop, as `docker stats` leaves it out: cgroup v2, else v1. */
function cacheOf(figures: Record<string, number>): number {
  return figures["inactive_file"] ?? figures["total_inactive_file"] ?? 0;
}
