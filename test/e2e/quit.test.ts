import { spawn } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { answerDialogs, askedDialogs } from "./support/dialogs.ts";
import { endProcessesOf, isAlive, qemusOf } from "./support/processes.ts";
import { sharedHome } from "./support/shared-home.ts";
import { bootTimeoutMs, enginePid, launchShell, untilVmIs, withEngine } from "./support/shell.ts";
import type { Shell } from "./support/shell.ts";
import { createStage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";

let stage: Stage;
let home: string;
let shell: Shell;

beforeAll(async () => {
  stage = await createStage();
  home = await sharedHome(stage);
});

afterAll(async () => {
  await endProcessesOf(home);
  await stage.remove();
});

/** Every test begins with the app and its VM running and the setting as a newcomer has it. */
beforeEach(async ({ onTestFailed }) => {
  onTestFailed(() => endProcessesOf(home));
  shell = await launchShell(stage, home);
  await expect
    .poll(() => shell.stdout(), { timeout: bootTimeoutMs, interval: 100 })
    .toBe(`ready unix://${home}/docker.sock\n`);
  await withEngine(home, (client) => client.settings.set({ "app.quit": "ask", "app.closeToTray": true }));
});

test.each(["SIGINT", "SIGTERM"] as const)("%s suspends without asking and exits with 0", async (signal) => {
  const engine = await enginePid(home);
  expect(await shell.end(signal)).toBe(0);
  expect(qemusOf(home)).toEqual([]);
  await expect.poll(() => isAlive(engine)).toBe(false);
});

test("an interrupt in the terminal, which reaches every process of the window, does the same", async () => {
  process.kill(-shell.pid, "SIGINT");
  expect(await shell.exited).toBe(0);
  expect(qemusOf(home)).toEqual([]);
});

test("with the setting `keep` the VM runs on, and the next window finds it as it was", async () => {
  await withEngine(home, (client) => client.settings.set({ "app.quit": "keep" }));
  const engine = await enginePid(home);
  const [qemu] = qemusOf(home);
  expect(await shell.end("SIGTERM")).toBe(0);
  expect(isAlive(engine)).toBe(true);
  expect(qemusOf(home)).toEqual([qemu]);

  const next = await launchShell(stage, home);
  await expect.poll(() => next.stdout(), { timeout: 30_000 }).toContain("ready ");
  expect(await enginePid(home)).toBe(engine);
  await withEngine(home, (client) => client.settings.set({ "app.quit": "ask" }));
  expect(await next.end("SIGTERM")).toBe(0);
});

test("a second start brings the first window back and ends", async () => {
  const page = await shell.window();
  const closed = page.waitForEvent("close");
  await shell.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  await closed;

  const { executablePath, args, env } = stage.launchOptions(home);
  const second = spawn(executablePath, args, { env, stdio: ["ignore", "pipe", "ignore"] });
  const window = shell.app.waitForEvent("window", { timeout: 30_000 });
  let words = "";
  second.stdout.on("data", (data: Buffer) => (words += data.toString()));
  const code = await new Promise((resolve) => second.once("close", resolve));
  expect(code).toBe(0);
  expect(words).toBe("Berth runs already; its window is in front now.\n");
  expect((await window).url()).toMatch(/^berth:\/\/app\//);
  expect(await shell.end("SIGTERM")).toBe(0);
});

test("closing the window quits where Berth shall not stay in the tray, and asks first", async () => {
  await withEngine(home, (client) => client.settings.set({ "app.closeToTray": false }));
  const close = () => shell.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  await shell.window();
  await answerDialogs(shell.app, { button: "Cancel" });
  const back = shell.app.waitForEvent("window");
  await close();
  await back;
  expect(await askedDialogs(shell.app)).toHaveLength(1);
  expect(qemusOf(home)).toHaveLength(1);

  await answerDialogs(shell.app, { button: "Suspend" });
  await close();
  expect(await shell.exited).toBe(0);
  expect(qemusOf(home)).toEqual([]);
});

test("the engine holds none of the window's files open, so that it can outlive it", async () => {
  const folder = `/proc/${await enginePid(home)}/fd`;
  const files = readdirSync(folder).map((file) => {
    try {
      return readlinkSync(`${folder}/${file}`);
    } catch {
      return "";
    }
  });
  expect(files.filter((file) => /chromium|\.pak$|app\.asar|shared\/app\//i.test(file))).toEqual([]);
  expect(await shell.end("SIGTERM")).toBe(0);
});

test("a killed engine is replaced, and the window goes on with the VM that never stopped", async () => {
  const page = await shell.window();
  const killed = await enginePid(home);
  const [qemu] = qemusOf(home);
  process.kill(killed, "SIGKILL");
  await expect.poll(() => enginePid(home).catch(() => killed), { timeout: 30_000 }).not.toBe(killed);
  await untilVmIs(home, "running", 60_000);
  expect(qemusOf(home)).toEqual([qemu]);

  // What the window shows from now on comes over its new connection.
  await withEngine(home, (client) => client.vm.suspend());
  await page.getByText("Suspended").first().waitFor({ timeout: 60_000 });
  expect(await shell.end("SIGTERM")).toBe(0);
});
