import { describe, expect, test } from "vitest";
import { Activities } from "../../../engine/activity/index.ts";
import { settingsSchema, type SettingsPatch } from "../../../engine/contract/index.ts";
import { PowerEvents, type PowerSurroundings } from "../../../engine/power/power-events.ts";
import { MemoryLogger } from "./support/logger.ts";

/** A VM of which only the state is real. */
function computer(settings: SettingsPatch = {}, canSuspend = true) {
  const calls: string[] = [];
  const world = { state: "running", reachable: true };
  const go = (call: string, state: string) => () => {
    calls.push(call);
    world.state = state;
    return Promise.resolve();
  };
  const machine = {
    snapshot: () => ({ state: world.state, canSuspend }),
    suspend: go("suspend", "suspended"),
    stop: go("stop", "stopped"),
    pause: go("pause", "paused"),
    unpause: go("unpause", "running"),
    hostWoke: () => {
      calls.push("verify");
      return Promise.resolve();
    },
    tunnel: {
      ready: () => (world.reachable ? Promise.resolve() : Promise.reject(new Error("silence"))),
    },
  } as PowerSurroundings["machine"];
  const activities = new Activities(
    () => ({ message: "Docker did not answer.", hint: "" }),
    new MemoryLogger(),
  );
  const told: object[] = [];
  const idle = { setComputer: (state: object) => void told.push(state) } as PowerSurroundings["idle"];
  const events = new PowerEvents({
    machine,
    activities,
    idle,
    settings: () => settingsSchema.parse(settings),
    logger: new MemoryLogger(),
  });
  return { events, world, calls, told, activities };
}

describe("a sleep of the computer", () => {
  test("pauses the VM; the wake lets it go on and verifies it, where it can be seen", async () => {
    const { events, calls, activities } = computer();
    await events.handle("sleep");
    await events.handle("wake");
    expect(calls).toEqual(["pause", "unpause", "verify"]);
    expect(activities.list.all()).toMatchObject([{ kind: "vm.wake", state: "done" }]);
  });

  test("suspends it where the setting says so, pauses it where that cannot be, or leaves it alone", async () => {
    const suspends = computer({ "power.onSleep": "suspend" });
    await suspends.events.handle("sleep");
    await suspends.events.handle("wake");
    expect(suspends.calls).toEqual(["suspend"]);
    const cannot = computer({ "power.onSleep": "suspend" }, false);
    await cannot.events.handle("sleep");
    expect(cannot.calls).toEqual(["pause"]);
    const alone = computer({ "power.onSleep": "nothing" });
    await alone.events.handle("sleep");
    await alone.events.handle("wake");
    expect(alone.calls).toEqual(["verify"]);
  });

  test("leaves a person's pause alone", async () => {
    const { events, calls, world } = computer();
    world.state = "paused";
    await events.handle("sleep");
    await events.handle("wake");
    expect(calls).toEqual([]);
  });

  test("that broke the way into the VM is told of", async () => {
    const { events, world, activities } = computer();
    world.reachable = false;
    await events.handle("wake");
    expect(activities.list.all()).toMatchObject([
      { state: "failed", error: { message: "Docker did not answer." } },
    ]);
  });
});

test("a shutdown puts the VM to rest, however that can be done", async () => {
  const suspends = computer();
  await suspends.events.handle("shutdown");
  expect(suspends.calls).toEqual(["suspend"]);
  const stops = computer({}, false);
  await stops.events.handle("shutdown");
  expect(stops.calls).toEqual(["stop"]);
  const rests = computer();
  rests.world.state = "suspended";
  await rests.events.handle("shutdown");
  expect(rests.calls).toEqual([]);
});

test("battery and lock are passed on to whoever decides about idling", async () => {
  const { events, told } = computer();
  expect(events.onBattery).toBeNull();
  for (const event of ["battery", "lock", "mains", "unlock"] as const) await events.handle(event);
  expect(told).toEqual([{ onBattery: true }, { locked: true }, { onBattery: false }, { locked: false }]);
  expect(events.onBattery).toBe(false);
});
