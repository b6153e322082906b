import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startLoginManager } from "./support/login-manager.ts";
import type { LoginManager } from "./support/login-manager.ts";
import { endProcessesOf, qemusOf } from "./support/processes.ts";
import { startSessionBus } from "./support/session-bus.ts";
import type { SessionBus } from "./support/session-bus.ts";
import { sharedHome } from "./support/shared-home.ts";
import { bootTimeoutMs, launchShell, untilVmIs, withEngine } from "./support/shell.ts";
import type { Shell } from "./support/shell.ts";
import { createStage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";

let stage: Stage;
let bus: SessionBus;
let computer: LoginManager;
let home: string;
let shell: Shell;

beforeAll(async () => {
  stage = await createStage();
  home = await sharedHome(stage);
  bus = await startSessionBus(stage);
  computer = await startLoginManager(bus.address);
  shell = await launchShell(stage, home, {
    args: ["--hidden"],
    env: { DBUS_SESSION_BUS_ADDRESS: bus.address, DBUS_SYSTEM_BUS_ADDRESS: bus.address },
  });
  await vi.waitFor(() => expect(shell.stdout()).toContain("ready "), {
    timeout: bootTimeoutMs,
    interval: 100,
  });
});

afterAll(async () => {
  await endProcessesOf(home);
  computer.stop();
  await bus.stop();
  await stage.remove();
});

test("a sleep pauses the VM; after the wake it runs, and its repair can be seen", async () => {
  const [qemu] = qemusOf(home);
  computer.sleep(true);
  await untilVmIs(home, "paused");
  computer.sleep(false);
  await untilVmIs(home, "running");
  expect(qemusOf(home)).toEqual([qemu]);
  const repair = () =>
    withEngine(home, async (client) => (await client.activity.list()).find(({ kind }) => kind === "vm.wake"));
  await expect.poll(repair, { timeout: 60_000 }).toMatchObject({ state: "done" });
});

test("a sleep suspends the VM where the setting says so; a person's pause is left alone", async () => {
  await withEngine(home, (client) => client.vm.pause());
  computer.sleep(true);
  computer.sleep(false);
  await withEngine(home, (client) => client.settings.set({ "power.onSleep": "suspend" }));
  await untilVmIs(home, "paused");
  await withEngine(home, (client) => client.vm.unpause());
  computer.sleep(true);
  await untilVmIs(home, "suspended");
  computer.sleep(false);
  await withEngine(home, (client) => client.vm.resume());
});

test("the end of the computer suspends the VM, even where it would be kept running, and ends the app", async () => {
  await withEngine(home, (client) => client.settings.set({ "app.quit": "keep" }));
  computer.shutDown();
  expect(await shell.exited).toBe(0);
  expect(qemusOf(home)).toEqual([]);
});
