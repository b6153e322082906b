import { afterAll, beforeAll, expect, test } from "vitest";
import { answerDialogs, askedDialogs } from "./support/dialogs.ts";
import { freePort } from "./support/free-port.ts";
import { endProcessesOf, isAlive, qemusOf } from "./support/processes.ts";
import { startSessionBus } from "./support/session-bus.ts";
import type { SessionBus } from "./support/session-bus.ts";
import { sharedHome } from "./support/shared-home.ts";
import { bootTimeoutMs, enginePid, launchShell, untilVmIs, withEngine } from "./support/shell.ts";
import type { Shell } from "./support/shell.ts";
import { createStage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";
import { TrayHost } from "./support/tray-host.ts";

const name = "tray-welcome";
let stage: Stage;
let bus: SessionBus;
let tray: TrayHost;
let home: string;
let shell: Shell;

beforeAll(async () => {
  stage = await createStage();
  home = await sharedHome(stage);
  bus = await startSessionBus(stage);
  tray = await TrayHost.start(bus.address);
  shell = await launchShell(stage, home, {
    args: ["--hidden"],
    env: { DBUS_SESSION_BUS_ADDRESS: bus.address },
  });
});

afterAll(async () => {
  await endProcessesOf(home);
  tray.stop();
  await bus.stop();
  await stage.remove();
});

const labels = () => expect.poll(() => tray.labels(), { timeout: bootTimeoutMs, interval: 200 });

test("the icon is there without a window, and its menu tells the state", async () => {
  await tray.registered();
  await labels().toEqual(["Running", "Suspend", "Stop", "Open Berth", "Settings", "Quit Berth"]);
  expect(shell.app.windows()).toHaveLength(0);
  expect(shell.stdout()).toBe(`ready unix://${home}/docker.sock\n`);
  const { width, height, pixels } = await tray.icon();
  expect(pixels).toHaveLength(width * height * 4);
  expect(pixels.some((byte) => byte !== 0)).toBe(true);
});

test("Suspend puts the VM to disk and Resume brings it back", async () => {
  const running = await tray.icon();
  await tray.click("Suspend");
  await labels().toEqual(["Suspended", "Resume", "Open Berth", "Settings", "Quit Berth"]);
  await untilVmIs(home, "suspended");
  expect(qemusOf(home)).toEqual([]);
  expect((await tray.icon()).pixels.equals(running.pixels)).toBe(false);

  await tray.click("Resume");
  await labels().toContain("Running");
  await untilVmIs(home, "running");
  expect(qemusOf(home)).toHaveLength(1);
});

test("a running container with a published port can be opened and stopped", async () => {
  const port = await freePort();
  await shell.app.evaluate(({ shell: desktop }) => {
    desktop.openExternal = (address) => {
      Reflect.set(globalThis, "openedOutside", address);
      return Promise.resolve();
    };
  });
  const { id } = await withEngine(home, (client) =>
    client.containers.run({
      image: "berth/welcome",
      name,
      ports: [{ hostIp: "", hostPort: port, containerPort: 80, protocol: "tcp" }],
    }),
  );
  await labels().toContain(name);
  await tray.click(`Open 127.0.0.1:${port}`);
  await expect
    .poll(() => shell.app.evaluate(() => Reflect.get(globalThis, "openedOutside") as unknown))
    .toBe(`http://127.0.0.1:${port}`);

  const entry = (await tray.menu()).find(({ label }) => label === name);
  expect(entry?.children.map(({ label }) => label)).toEqual([`Open 127.0.0.1:${port}`, "", "Stop"]);
  const stop = entry?.children.at(-1);
  if (!stop) throw new Error("the container has no Stop");
  await tray.clickItem(stop.id);
  await labels().not.toContain(name);
  await withEngine(home, (client) => client.containers.remove({ id }));
});

test("Open Berth shows the window, which then can close without ending the app", async () => {
  await tray.click("Open Berth");
  const page = await shell.window();
  expect(page.url()).toMatch(/^berth:\/\/app\//);
  const closed = page.waitForEvent("close");
  await shell.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  await closed;
  await labels().toContain("Running");
});

test("Quit asks what happens to the VM, once where the answer is to be kept", async () => {
  const engine = await enginePid(home);
  await answerDialogs(shell.app, { button: "Cancel" });
  await tray.click("Quit Berth");
  await expect.poll(() => askedDialogs(shell.app)).toHaveLength(1);
  expect(await askedDialogs(shell.app)).toMatchObject([
    { buttons: ["Suspend", "Stop", "Keep Running", "Cancel"], checkboxLabel: expect.any(String) as unknown },
  ]);
  await labels().toContain("Running");

  await answerDialogs(shell.app, { button: "Suspend", checked: true });
  await tray.click("Quit Berth");
  expect(await shell.exited).toBe(0);
  expect(qemusOf(home)).toEqual([]);
  await expect.poll(() => isAlive(engine)).toBe(false);

  const again = await launchShell(stage, home, { args: ["--hidden"] });
  await untilVmIs(home, "running");
  const settings = await withEngine(home, (client) => client.settings.set({ "app.quit": "ask" }));
  expect(settings.settings["app.quit"]).toBe("ask");
  expect(await again.end("SIGTERM")).toBe(0);
});
