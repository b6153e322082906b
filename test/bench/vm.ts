import { z } from "zod";
import { loadImage } from "../../vm/host/guest/image.ts";
import { machinePaths } from "../../vm/host/index.ts";
import { Berth, imageFolder } from "../vm/cli/support/berth.ts";
import { DockerApi } from "./docker-api.ts";
import { measureLifeCycle } from "./life-cycle.ts";
import { round1, round2 } from "./numbers.ts";
import { measureResources } from "./resources.ts";
import { stockDisk } from "./stock/disk.ts";
import { StockMachine } from "./stock/machine.ts";
import { measureApi, measureSaveLoad } from "./through-socket.ts";

export interface BenchReport {
  suite: "vm";
  rounds: number;
  /** What to compare between computers and versions. */
  ratios: {
    /** Start of a stock Debian by our cold start, both to Docker's `/_ping`. */
    stockPerCold: number;
    /** Start of a stock Debian by our resume. */
    stockPerResume: number;
    /** Start of a stock Debian by our suspend: from the command to QEMU's end. */
    stockPerSuspend: number;
    /** API call through the host's socket by the same call inside the guest; 1 would be no cost. */
    apiPerGuest: number;
    /** Throughput of `save | load` through the host's socket by that inside the guest. */
    saveLoadPerGuest: number;
    /** Cold start by resume: how much faster it is to go on than to boot. */
    coldPerResume: number;
  };
  /** Medians and single readings on this computer. */
  notes: Record<string, number | string | null>;
}

/** Our VM and a stock Debian in alternation; then the API, bulk data, and what the VM takes of the computer. */
export async function benchVm(rounds: number, say: (text: string) => void): Promise<BenchReport> {
  await using berth = await Berth.create();
  const image = await loadImage(imageFolder(), machinePaths(berth.home).verifiedImages);
  const debian = await stockDisk(image, say);
  say("first starts (disks are formatted, first images loaded; not counted)");
  await berth.done(["start", "--cold"], { timeoutMs: 600_000 });
  const { vm, engine, docker } = await berth.status();
  const { cpus, memoryMiB } = vm;
  const accelerator = z.enum(["hvf", "whpx", "kvm", "tcg"]).parse(vm.accelerator);
  await using stock = await StockMachine.create(image, debian, { cpus, memoryMiB, accelerator });
  const interrupted = () => {
    void Promise.all([stock[Symbol.asyncDispose](), berth[Symbol.asyncDispose]()]).finally(() =>
      process.exit(130),
    );
  };
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  const api = new DockerApi(berth.dockerSocket);
  const times = await measureLifeCycle({ berth, api, stock }, rounds, say);
  const calls = await measureApi(berth, api, rounds);
  say(`API call: ${round1(calls.host)} ms through the socket, ${round1(calls.guest)} ms inside the guest`);
  const bulk = await measureSaveLoad(berth, api, rounds);
  say(
    `save | load: ${round1(bulk.host)} MB/s through the socket, ${round1(bulk.guest)} MB/s inside the guest`,
  );
  api.close();
  const resources = await measureResources(berth, say);
  return {
    suite: "vm",
    rounds,
    ratios: {
      stockPerCold: round2(times.stockColdMs / times.coldMs),
      stockPerResume: round2(times.stockColdMs / times.resumeMs),
      stockPerSuspend: round2(times.stockColdMs / times.suspendMs),
      apiPerGuest: round2(calls.host / calls.guest),
      saveLoadPerGuest: round2(bulk.host / bulk.guest),
      coldPerResume: round2(times.coldMs / times.resumeMs),
    },
    notes: {
      ...times,
      apiP50Ms: round2(calls.host),
      apiInGuestMs: round2(calls.guest),
      saveLoadMBPerSecond: round2(bulk.host),
      saveLoadInGuestMBPerSecond: round2(bulk.guest),
      ...resources,
      accelerator,
      cpus,
      memoryMiB,
      engine: engine.version,
      docker: docker.version,
    },
  };
}
