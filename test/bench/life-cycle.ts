import { machinePaths } from "../../vm/host/index.ts";
import type { Berth } from "../vm/cli/support/berth.ts";
import type { DockerApi } from "./docker-api.ts";
import { bytesOnDisk } from "./footprint.ts";
import { median, mebibytes } from "./numbers.ts";
import type { StockMachine } from "./stock/machine.ts";

export type LifeCycleFigures = Record<
  "coldMs" | "suspendMs" | "resumeMs" | "stockColdMs" | "stockStopMs" | "stateMiB",
  number
>;

/**
 * Medians of cold start, suspend and resume, in alternation with start and clean shutdown of the stock Debian. Berth's times are those of its commands, from the moment a person
 * has pressed return. Berth's VM runs before and afterwards; the stock Debian's first start is not counted.
 */
export async function measureLifeCycle(
  { berth, api, stock }: { berth: Berth; api: DockerApi; stock: StockMachine },
  rounds: number,
  say: (text: string) => void,
): Promise<LifeCycleFigures> {
  const samples: Record<keyof LifeCycleFigures, number[]> = {
    ...{ coldMs: [], suspendMs: [], resumeMs: [], stockColdMs: [], stockStopMs: [], stateMiB: [] },
  };
  await berth.done(["stop"]);
  await stock.start();
  await stock.stop();
  for (let round = 1; round <= rounds; round += 1) {
    samples.stockColdMs.push(await timed(() => stock.start()));
    samples.stockStopMs.push(await timed(() => stock.stop()));
    samples.coldMs.push(await berthTimed(berth, ["start", "--cold"], api));
    samples.suspendMs.push(await berthTimed(berth, ["suspend"]));
    samples.stateMiB.push(mebibytes(await bytesOnDisk(machinePaths(berth.home).suspendState)));
    samples.resumeMs.push(await berthTimed(berth, ["resume"], api));
    await berth.done(["stop"]);
    const figures = Object.entries(samples).map(([name, values]) => `${name} ${values.at(-1)}`);
    say(`round ${round} of ${rounds}: ${figures.join(", ")}`);
  }
  await berth.done(["start"]);
  const { coldMs, suspendMs, resumeMs, stockColdMs, stockStopMs, stateMiB } = samples;
  return {
    coldMs: median(coldMs),
    suspendMs: median(suspendMs),
    resumeMs: median(resumeMs),
    stockColdMs: median(stockColdMs),
    stockStopMs: median(stockStopMs),
    stateMiB: median(stateMiB),
  };
}

/** Milliseconds of a command, to the moment Docker answers through the host's socket where `api` is given. */
function berthTimed(berth: Berth, args: string[], api?: DockerApi): Promise<number> {
  return timed(async () => {
    await berth.done(args, { timeoutMs: 600_000 });
    await api?.ping();
  });
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return Math.round(performance.now() - start);
}
