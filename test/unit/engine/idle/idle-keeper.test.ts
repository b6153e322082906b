import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { IdleRules } from "../../../../engine/idle/decision.ts";
import { IdleKeeper, type IdleSurroundings } from "../../../../engine/idle/idle-keeper.ts";
import { Use } from "../../../../engine/idle/use.ts";
import { LiveSignal } from "../../../../engine/live/live-signal.ts";
import { MemoryLogger } from "../support/logger.ts";

const minuteMs = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A VM that runs, with a keeper at its side. */
function kept(changes: Partial<IdleRules> = {}) {
  const suspended: number[] = [];
  let looks = 0;
  const logger = new MemoryLogger();
  const world = {
    state: "running",
    containers: 0,
    cpu: 0,
    activities: [] as string[],
    failure: null as Error | null,
    rules: {
      enabled: true,
      afterMinutes: 30,
      batteryMinutes: 10,
      withContainers: true,
      onLock: true,
      ...changes,
    },
  };
  const machine = {
    snapshot: () => ({ state: world.state, canSuspend: true }),
    suspend: () => {
      suspended.push(Date.now());
      if (world.failure) return Promise.reject(world.failure);
      world.state = "suspended";
      return Promise.resolve();
    },
  } as IdleSurroundings["machine"];
  const use = new Use();
  const keeper = new IdleKeeper({
    machine,
    use,
    rules: () => world.rules,
    runningContainers: () => world.containers,
    activities: () => world.activities,
    containerCpuPercent: () => {
      looks += 1;
      return Promise.resolve(world.cpu);
    },
    logger,
    changed: new LiveSignal(),
  });
  use.onChange(() => keeper.review());
  keeper.review();
  return { keeper, use, world, suspended, logger, looks: () => looks };
}

const pass = (minutes: number) => vi.advanceTimersByTimeAsync(minutes * minuteMs);

describe("an idle VM", () => {
  test("is suspended when its time is over, and says why; one timer waits for that", async () => {
    const { suspended, logger, keeper } = kept();
    expect(vi.getTimerCount()).toBe(1);
    await pass(29);
    expect(suspended).toEqual([]);
    await pass(1.1);
    expect(suspended).toHaveLength(1);
    expect(logger.lines.join("\n")).toContain("Suspending the VM: nothing used it for 30 minutes");
    expect(keeper.report().last).toMatchObject({ outcome: "suspended" });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("waits from its last use on, which costs no timer", async () => {
    const { use, suspended, keeper } = kept();
    await pass(20);
    use.touch();
    expect(vi.getTimerCount()).toBe(1);
    await pass(29);
    expect(suspended).toEqual([]);
    expect(keeper.report().reason).toBe("It suspends after 30 minutes without use.");
    await pass(1.1);
    expect(suspended).toHaveLength(1);
  });

  test("is never interrupted at work; the reason is told once, when it would have been time", async () => {
    const { use, suspended, logger, keeper } = kept();
    const end = use.begin("a build runs");
    expect(keeper.report().reason).toBe("It stays awake: a build runs.");
    await pass(29);
    expect(logger.lines).toEqual([]);
    await pass(90);
    expect(suspended).toEqual([]);
    expect(logger.lines).toEqual([
      expect.stringContaining("Did not suspend the VM: a build runs") as unknown,
    ]);
    expect(vi.getTimerCount()).toBe(0);
    end();
    await pass(29);
    expect(suspended).toEqual([]);
    await pass(1.1);
    expect(suspended).toHaveLength(1);
  });

  test("looks what containers do only when everything else says that it is time, and once", async () => {
    const { world, suspended, logger, looks, keeper } = kept();
    world.containers = 2;
    world.cpu = 80;
    await pass(29);
    expect(looks()).toBe(0);
    await pass(2);
    expect(looks()).toBe(1);
    expect(suspended).toEqual([]);
    expect(logger.lines.join()).toContain(
      "Did not suspend the VM: containers are at work (80 % of a processor)",
    );
    expect(keeper.report().last).toMatchObject({ outcome: "stayed" });
    world.cpu = 0.2;
    await pass(30);
    expect(looks()).toBe(2);
    expect(suspended).toHaveLength(1);
  });

  test("goes on when it cannot be suspended, and is tried again after another such time", async () => {
    const { world, suspended, keeper } = kept();
    world.failure = new Error("The disk is full.");
    await pass(31);
    expect(suspended).toHaveLength(1);
    expect(keeper.report().last).toMatchObject({ outcome: "failed" });
    await pass(28);
    expect(suspended).toHaveLength(1);
    await pass(3);
    expect(suspended).toHaveLength(2);
  });

  test("that was woken has its whole time before it", async () => {
    const { world, suspended, keeper } = kept();
    await pass(31);
    expect(suspended).toHaveLength(1);
    keeper.review();
    await pass(100);
    world.state = "running";
    keeper.review();
    await pass(29);
    expect(suspended).toHaveLength(1);
    await pass(1.1);
    expect(suspended).toHaveLength(2);
  });

  test("is suspended sooner on battery and soon with the screen locked", async () => {
    const battery = kept();
    await pass(5);
    battery.keeper.setComputer({ onBattery: true });
    await pass(5.1);
    expect(battery.suspended).toHaveLength(1);

    const locked = kept({ enabled: false });
    await pass(60);
    expect(locked.suspended).toEqual([]);
    locked.keeper.setComputer({ locked: true });
    await pass(0);
    expect(locked.suspended).toHaveLength(1);
  });
});
