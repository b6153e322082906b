import { Berth } from "../vm/cli/support/berth.ts";
import { DockerApi } from "./docker-api.ts";
import { guestApiMs, guestSaveLoadMs } from "./guest.ts";

export interface BenchReport {
  suite: "vm";
  rounds: number;
  /** What to compare between computers and versions. */
  ratios: {
    /** Cold start by resume: how much faster it is to go on than to boot. */
    coldPerResume: number;
    /** API call through the host's socket by the same call inside the guest; 1 would be no cost. */
    apiPerGuest: number;
    /** Throughput of `save | load` through the host's socket by that inside the guest. */
    saveLoadPerGuest: number;
  };
  /** Medians on this computer. */
  notes: Record<string, number | string | null>;
}

const image = "bench/random";
const imageMiB = 64;
const apiCalls = 100;

/** Boot, suspend and resume in alternation, then the API and bulk data through the socket and inside the guest. */
export async function benchVm(rounds: number, say: (text: string) => void): Promise<BenchReport> {
  await using berth = await Berth.create();
  const interrupted = () => {
    void berth[Symbol.asyncDispose]().finally(() => process.exit(130));
  };
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  const api = new DockerApi(berth.dockerSocket);
  say("first start (formats the disk, loads the first image; not counted)");
  await timed(berth, ["start", "--cold"], api);
  const samples = { cold: new Array<number>(), suspend: new Array<number>(), resume: new Array<number>() };
  for (let round = 1; round <= rounds; round += 1) {
    await berth.done(["stop"]);
    samples.cold.push(await timed(berth, ["start", "--cold"], api));
    samples.suspend.push(await timed(berth, ["suspend"]));
    samples.resume.push(await timed(berth, ["resume"], api));
    say(
      `round ${round} of ${rounds}: cold ${last(samples.cold)} ms, suspend ${last(samples.suspend)} ms, ` +
        `resume ${last(samples.resume)} ms`,
    );
  }
  const calls = await measureApi(berth, api, rounds);
  say(`API call: ${round1(calls.host)} ms through the socket, ${round1(calls.guest)} ms inside the guest`);
  const bulk = await measureSaveLoad(berth, api, rounds);
  say(
    `save | load: ${round1(bulk.host)} MB/s through the socket, ${round1(bulk.guest)} MB/s inside the guest`,
  );
  api.close();
  const { vm, engine, docker } = await berth.status();
  return {
    suite: "vm",
    rounds,
    ratios: {
      coldPerResume: round2(median(samples.cold) / median(samples.resume)),
      apiPerGuest: round2(calls.host / calls.guest),
      saveLoadPerGuest: round2(bulk.host / bulk.guest),
    },
    notes: {
      coldMs: median(samples.cold),
      suspendMs: median(samples.suspend),
      resumeMs: median(samples.resume),
      apiP50Ms: round2(calls.host),
      apiInGuestMs: round2(calls.guest),
      saveLoadMBPerSecond: round2(bulk.host),
      saveLoadInGuestMBPerSecond: round2(bulk.guest),
      accelerator: vm.accelerator,
      cpus: vm.cpus,
      memoryMiB: vm.memoryMiB,
      engine: engine.version,
      docker: docker.version,
    },
  };
}

/** Milliseconds of a command, to the moment Docker answers through the host's socket where `api` is given. */
async function timed(berth: Berth, args: string[], api?: DockerApi): Promise<number> {
  const start = performance.now();
  await berth.done(args, { timeoutMs: 600_000 });
  await api?.ping();
  return Math.round(performance.now() - start);
}

async function measureApi(berth: Berth, api: DockerApi, rounds: number) {
  const host: number[] = [];
  const guest: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (let call = 0; call < apiCalls; call += 1) host.push(await api.timeGet("/containers/json"));
    guest.push(await guestApiMs(berth));
  }
  return { host: median(host), guest: median(guest) };
}

async function measureSaveLoad(berth: Berth, api: DockerApi, rounds: number) {
  const script = `dd if=/dev/urandom of=/random bs=1M count=${imageMiB}`;
  await berth.docker(["run", "--name", "bench", "berth/welcome", "sh", "-c", script]);
  await berth.docker(["commit", "bench", image]);
  await berth.docker(["rm", "bench"]);
  const host: number[] = [];
  const guest: number[] = [];
  for (let round = 0; round < Math.min(rounds, 3); round += 1) {
    const { bytes, ms } = await api.saveIntoLoad(image);
    host.push(bytes / 1e3 / ms);
    guest.push(bytes / 1e3 / (await guestSaveLoadMs(berth, image)));
  }
  return { host: median(host), guest: median(guest) };
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? NaN;
  const high = sorted[Math.floor(middle)] ?? NaN;
  return (low + high) / 2;
}

function last(values: number[]): number {
  return values.at(-1) ?? NaN;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
