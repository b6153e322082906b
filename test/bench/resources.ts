import { machinePaths } from "../../vm/host/index.ts";
import { type Berth, imageFolder } from "../vm/cli/support/berth.ts";
import { bytesOnDisk, residentBytes, usageOf } from "./footprint.ts";
import { mebibytes, round2 } from "./numbers.ts";

const idleSeconds = 60;
/** Memory that the hungry container takes. */
const loadMiB = 600;
const settleSeconds = 5;
const settleLimitSeconds = 90;

/** Memory, idle processor time and disk space of a running VM and its engine; Linux only. */
export async function measureResources(berth: Berth, say: (text: string) => void) {
  if (process.platform !== "linux") return {};
  const idle = await measureIdle(berth);
  say(
    `idle for ${idleSeconds} s: engine ${idle.engineIdleCpuSeconds} s of processor and ` +
      `${idle.engineIdleVoluntarySwitches} wake-ups, QEMU ${idle.qemuIdleCpuSeconds} s`,
  );
  const memory = await measureMemory(berth);
  say(
    `QEMU's memory: ${memory.rssIdleMiB} MiB idle, ${memory.rssLoadedMiB} with ${loadMiB} MiB in use, ` +
      `${memory.rssReclaimedMiB} after it was freed`,
  );
  const { dataDisk } = machinePaths(berth.home);
  return {
    ...idle,
    ...memory,
    imageMiB: mebibytes(await bytesOnDisk(imageFolder())),
    dataMiB: mebibytes(await bytesOnDisk(dataDisk)),
  };
}

async function measureIdle(berth: Berth) {
  const { engine, vm } = await pids(berth);
  // What starting and asking has stirred up is no idling.
  await seconds(10);
  const before = { engine: await usageOf(engine), vm: await usageOf(vm) };
  await seconds(idleSeconds);
  const after = { engine: await usageOf(engine), vm: await usageOf(vm) };
  return {
    idleSeconds,
    engineIdleCpuSeconds: round2(after.engine.cpuSeconds - before.engine.cpuSeconds),
    engineIdleVoluntarySwitches: after.engine.voluntarySwitches - before.engine.voluntarySwitches,
    qemuIdleCpuSeconds: round2(after.vm.cpuSeconds - before.vm.cpuSeconds),
  };
}

async function measureMemory(berth: Berth) {
  const { vm } = await pids(berth);
  const rssIdleMiB = mebibytes(await residentBytes(vm));
  const script = `dd if=/dev/zero of=/dev/shm/load bs=1M count=${loadMiB} && sleep 600`;
  const name = "bench-memory";
  await berth.docker([
    ...["run", "-d", "--name", name, `--shm-size=${loadMiB + 50}m`, "berth/welcome"],
    ...["sh", "-c", script],
  ]);
  const rssLoadedMiB = mebibytes(await settledRss(vm));
  await berth.docker(["rm", "-f", name]);
  return { rssIdleMiB, rssLoadedMiB, rssReclaimedMiB: mebibytes(await settledRss(vm)) };
}

/** Resident bytes once they have kept still for some seconds. */
async function settledRss(pid: number): Promise<number> {
  let last = await residentBytes(pid);
  let still = 0;
  for (let waited = 0; waited < settleLimitSeconds && still < settleSeconds; waited += 1) {
    await seconds(1);
    const now = await residentBytes(pid);
    still = Math.abs(now - last) < 2 * 2 ** 20 ? still + 1 : 0;
    last = now;
  }
  return last;
}

async function pids(berth: Berth): Promise<{ engine: number; vm: number }> {
  const { engine, vm } = await berth.status();
  if (vm.pid === null) throw new Error("The VM does not run.");
  return { engine: engine.pid, vm: vm.pid };
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1_000));
}
