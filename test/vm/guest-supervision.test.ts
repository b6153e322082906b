import { describe, expect, it } from "vitest";
import { ping } from "./support/containers.ts";
import { useSharedMachine } from "./support/machine.ts";

const under = useSharedMachine();

/** Kills containerd as often as is asked, each time as soon as it has been started again. */
const kills = `
n=0 last=
while [ $n -lt "$1" ]; do
  read -r pid </run/berth/containerd.pid
  if [ "$pid" != "$last" ] && kill -9 "$pid" 2>/dev/null; then n=$((n+1)) last=$pid; fi
  sleep 0.1
done
`;

function problems(): string[] {
  return under.machine.snapshot().problems.map(({ id }) => id);
}

describe("a service of the guest that ends by itself", () => {
  it("is started again", async () => {
    await under.machine.tunnel.exec(["sh", "-c", kills, "sh", "1"]);
    await expect.poll(problems, { timeout: 60_000 }).toEqual([]);
    expect(await ping(under.docker)).toBe("OK");
  });

  it("is told as a crash loop when that repeats, until it holds", async () => {
    await under.machine.tunnel.exec(["sh", "-c", kills, "sh", "5"]);
    await expect.poll(problems, { timeout: 60_000 }).toContain("guest-containerd-crash-loop");
    const told = under.machine.snapshot().problems.find(({ id }) => id === "guest-containerd-crash-loop");
    expect(told?.message).toMatch(/containerd ended 5 times within \d+ s, last with status 137/);
    await expect.poll(problems, { timeout: 120_000, interval: 500 }).toEqual([]);
    expect(await ping(under.docker)).toBe("OK");
  });
});
