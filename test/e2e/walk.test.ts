import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { answerDialogs } from "./support/dialogs.ts";
import { freePort } from "./support/free-port.ts";
import { pictures } from "./support/pictures.ts";
import { endProcessesOf, qemusOf } from "./support/processes.ts";
import { bootTimeoutMs, launchShell, untilVmIs, withEngine } from "./support/shell.ts";
import type { Shell } from "./support/shell.ts";
import { createStage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";
import { goTo, machine, untilTheme, vmBlock } from "./support/window.ts";

/*
 * The whole promise, as a newcomer walks it. The steps depend on each other: they are one walk.
 */

const inspectSchema = z.object({
  Id: z.string(),
  State: z.object({ Running: z.boolean(), StartedAt: z.string() }),
});

let stage: Stage;
let home: string;
let shell: Shell;
let page: Page;
let port: number;
let container: z.infer<typeof inspectSchema>;
/** What the window's page complained about. */
const complaints: string[] = [];

beforeAll(async () => {
  stage = await createStage();
  home = await stage.home("walk");
  port = await freePort();
});

afterAll(async () => {
  await endProcessesOf(home);
  await stage.remove();
});

/** Opens the window and notes what its page reports as an error. */
async function openWindow(): Promise<void> {
  shell = await launchShell(stage, home);
  page = await shell.window();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
}

/** Takes a picture in both themes. */
async function picture(name: string): Promise<void> {
  const take = pictures(stage);
  for (const theme of ["light", "dark"] as const) {
    await withEngine(home, (client) => client.settings.set({ "app.theme": theme }));
    await untilTheme(page, theme);
    await take(page, `${name}-${theme}`);
  }
}

async function inspect(id: string): Promise<z.infer<typeof inspectSchema>> {
  return inspectSchema.parse(await withEngine(home, (client) => client.containers.inspect({ id })));
}

/** The welcome page as a browser on this computer gets it; empty while nothing answers. */
async function welcomePage(): Promise<string> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5000) });
    return response.ok ? await response.text() : "";
  } catch {
    return "";
  }
}

const welcome = () => expect.poll(welcomePage, { timeout: 60_000, interval: 200 });

test("the first start shows its phases as they happen and ends with a running VM", async () => {
  await openWindow();
  await machine(page).getByText("Starting").first().waitFor({ timeout: 60_000 });
  await machine(page).getByRole("listitem").filter({ hasText: "Linux" }).waitFor({ timeout: bootTimeoutMs });
  expect(await machine(page).getByRole("heading").innerText()).toContain("Starting");
  expect(shell.stdout()).toBe("");
  await picture("home-starting");

  await vmBlock(page).getByText("Running").waitFor({ timeout: bootTimeoutMs });
  await expect.poll(() => shell.stdout()).toBe(`ready unix://${home}/docker.sock\n`);
  expect(await machine(page).getByText("Cold start").isVisible()).toBe(true);
});

test("the Run form starts the welcome container with the port that its image names", async () => {
  await page.getByRole("button", { name: "Run a container" }).first().click();
  await page.getByRole("combobox", { name: "Image" }).fill("berth/welcome");
  const containerPort = page.getByRole("spinbutton", { name: "Container port 1" });
  await containerPort.waitFor();
  expect(await containerPort.inputValue()).toBe("80");
  await page.getByRole("spinbutton", { name: "Host port 1" }).fill(String(port));
  await page.getByRole("textbox", { name: "Name" }).fill("welcome");
  await picture("run");
  await page.getByRole("button", { name: "Run", exact: true }).click();

  await page.getByRole("heading", { level: 1, name: "welcome" }).waitFor({ timeout: 60_000 });
  await welcome().toMatch(/<html/i);
  container = await inspect("welcome");
  expect(container.State.Running).toBe(true);
  await goTo(page, "containers");
  await page
    .getByRole("link", { name: new RegExp(`${port}`) })
    .first()
    .waitFor();
  await picture("containers");
});

test("suspended from the window, the machine is on disk and nothing of it runs", async () => {
  await goTo(page, "home");
  await picture("home");
  await machine(page).getByRole("button", { name: "Suspend" }).click();
  await vmBlock(page).getByText("Suspended").waitFor({ timeout: 120_000 });
  expect(qemusOf(home)).toEqual([]);
  await picture("suspended");
});

test("resumed, the same container goes on and serves its page", async () => {
  await machine(page).getByRole("button", { name: "Resume" }).click();
  await vmBlock(page).getByText("Running").waitFor({ timeout: bootTimeoutMs });
  await welcome().toMatch(/<html/i);
  expect(await inspect(container.Id)).toEqual(container);
  await goTo(page, "settings");
  await picture("settings");
});

test("after quitting and starting again it is all still there", async () => {
  await answerDialogs(shell.app, { button: "Suspend" });
  await shell.app.evaluate(({ app }) => app.quit());
  expect(await shell.exited).toBe(0);
  expect(qemusOf(home)).toEqual([]);

  await openWindow();
  await untilVmIs(home, "running");
  await welcome().toMatch(/<html/i);
  expect(await inspect(container.Id)).toEqual(container);
  await goTo(page, "containers");
  await page.getByRole("row", { name: "welcome" }).waitFor();
  expect(await shell.end("SIGTERM")).toBe(0);
});

test("the window reported no error on the way, nor anything that its policy forbids", () => {
  expect(complaints).toEqual([]);
});
