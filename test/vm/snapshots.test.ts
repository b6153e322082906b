import { afterAll, describe, expect, it } from "vitest";
import { counted, countsBeyond, startCounter } from "./support/containers.ts";
import { useSharedMachine } from "./support/machine.ts";

const under = useSharedMachine();

afterAll(async () => {
  for (const { Id } of await under.docker.listContainers({ all: true })) {
    await under.docker.getContainer(Id).remove({ force: true });
  }
});

describe("a snapshot of the running VM", () => {
  it("is made while it stands still for a moment, and brings containers and disk back as they were", async () => {
    const container = await startCounter(under.docker);
    await countsBeyond(container, 0);
    await under.machine.tunnel.exec(["sh", "-c", "echo before >/data/moment"]);

    const made = await under.machine.snapshots.create("moment", { withState: true });
    expect(made).toMatchObject({ name: "moment", withState: true });
    expect(made.uniqueBytes).toBeGreaterThan(1e6);
    expect(under.machine.snapshot().state).toBe("running");
    const then = (await counted(container)).at(-1) ?? 0;
    const numbers = await countsBeyond(container, then + 10);
    await under.machine.tunnel.exec(["sh", "-c", "echo after >/data/moment; sync"]);

    await expect(under.machine.snapshots.restore("moment")).rejects.toMatchObject({ code: "wrong_state" });
    await under.machine.suspend();
    await under.machine.snapshots.restore("moment");
    expect(under.machine.snapshot()).toMatchObject({
      state: "suspended",
      pendingRestore: { snapshot: "moment" },
    });
    await under.machine.resume();
    expect(under.machine.snapshot()).toMatchObject({ state: "running", lastStart: "resumed", problems: [] });
    expect((await under.machine.tunnel.exec(["cat", "/data/moment"])).stdout).toBe("before\n");
    expect((await counted(container)).length).toBeLessThan(numbers.length);

    // What it replaced is there still, running state and all.
    await under.machine.suspend();
    await under.machine.snapshots.undoRestore();
    await under.machine.resume();
    expect((await under.machine.tunnel.exec(["cat", "/data/moment"])).stdout).toBe("after\n");
    expect((await counted(container)).length).toBeGreaterThanOrEqual(numbers.length);

    await under.machine.snapshots.delete("moment");
    expect(await under.machine.snapshots.list()).toEqual([]);
    expect(under.machine.snapshot()).toMatchObject({ state: "running", pendingRestore: null });
  });
});

describe("a running VM", () => {
  it("gives back what has been removed in it", async () => {
    await under.machine.tunnel.exec(["sh", "-c", "head -c 150000000 /dev/urandom >/data/big; sync"], {
      timeoutMs: 120_000,
    });
    const { disk } = await under.machine.refreshDisk();
    await under.machine.tunnel.exec(["sh", "-c", "rm /data/big; sync"]);
    const result = await under.machine.reclaim();
    expect(result.hostUsedBytes).toBeLessThan(disk.hostUsedBytes - 130e6);
    expect(result.guestUsedBytes).toBeLessThan(disk.guestUsedBytes ?? 0);
    expect(result.freedMemoryBytes).toBeGreaterThan(100e6);
  });
});
