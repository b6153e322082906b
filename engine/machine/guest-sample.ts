/** What the guest said of itself at one moment; times in clock ticks since boot. */
export interface GuestSample {
  busyTicks: number;
  totalTicks: number;
  memoryUsedMiB: number;
  memoryTotalMiB: number;
  diskUsedBytes: number;
  diskTotalBytes: number;
}

/** Prints a block of figures every two seconds, with little more than the shell itself. */
export const samplingScript = `while :; do
read -r line </proc/stat; echo "$line"
while read -r key value unit; do
case $key in MemTotal:|MemAvailable:) echo "$key $value";; esac
done </proc/meminfo
echo "disk $(stat -f -c '%S %b %f' /data)"
echo end
sleep 2
done`;

/** Reads the lines of `samplingScript`; a sample is complete at its `end`. */
export class SampleReader {
  #fields = new Map<string, number[]>();

  push(line: string): GuestSample | null {
    const [name = "", ...values] = line.trim().split(/\s+/);
    if (name !== "end") {
      this.#fields.set(name.replace(/:$/, ""), values.map(Number));
      return null;
    }
    const fields = this.#fields;
    this.#fields = new Map();
    // user, nice, system, idle, iowait, irq, softirq, steal (proc(5)); guest time is in user already.
    const cpu = fields.get("cpu")?.slice(0, 8);
    const memoryTotalKiB = fields.get("MemTotal")?.[0];
    const memoryAvailableKiB = fields.get("MemAvailable")?.[0];
    if (cpu?.length !== 8 || memoryTotalKiB === undefined || memoryAvailableKiB === undefined) return null;
    const totalTicks = cpu.reduce((sum, ticks) => sum + ticks, 0);
    const idleTicks = (cpu[3] ?? 0) + (cpu[4] ?? 0);
    const [blockBytes = 0, blocks = 0, freeBlocks = 0] = fields.get("disk") ?? [];
    return {
      busyTicks: totalTicks - idleTicks,
      totalTicks,
      memoryUsedMiB: Math.max(0, memoryTotalKiB - memoryAvailableKiB) / 1024,
      memoryTotalMiB: memoryTotalKiB / 1024,
      diskUsedBytes: Math.max(0, blocks - freeBlocks) * blockBytes,
      diskTotalBytes: blocks * blockBytes,
    };
  }
}

/** Share of all processors of the VM that was busy between two samples, 0 to 100. */
export function cpuPercent(before: GuestSample | null, now: GuestSample): number {
  const total = now.totalTicks - (before?.totalTicks ?? 0);
  const busy = now.busyTicks - (before?.busyTicks ?? 0);
  return total <= 0 ? 0 : Math.min(100, Math.max(0, (busy / total) * 100));
}
