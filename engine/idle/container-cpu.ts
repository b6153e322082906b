import type { Tunnel } from "../vm.ts";

/** How long is looked: short enough to suspend soon, long enough to see work that comes in bursts. */
const WINDOW_SECONDS = 5;

/** Containers, and builds, are below this control group (vm/image, daemon.json). */
const script = `usage() {
  while read -r key value; do
    [ "$key" = usage_usec ] && echo "$value"
  done </sys/fs/cgroup/docker/cpu.stat
}
usage; sleep ${WINDOW_SECONDS}; usage`;

/** What all containers together use right now, in percent of one processor. Takes some seconds. */
export async function containerCpuPercent(tunnel: Pick<Tunnel, "exec">): Promise<number> {
  const { stdout } = await tunnel.exec(["sh", "-c", script], { timeoutMs: 30_000, maxBytes: 4096 });
  const [before = 0, after = 0] = stdout.trim().split("\n").map(Number);
  const usedMicroseconds = after - before;
  if (!Number.isFinite(usedMicroseconds)) throw new Error(`unexpected figures: ${stdout.slice(0, 100)}`);
  return Math.max(0, usedMicroseconds / (WINDOW_SECONDS * 10_000));
}
