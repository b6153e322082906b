import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { violationsOf } from "./support/accessibility.ts";
import { freePort } from "./support/free-port.ts";
import { endProcessesOf } from "./support/processes.ts";
import { sharedHome } from "./support/shared-home.ts";
import { launchShell, untilVmIs, withEngine } from "./support/shell.ts";
import type { Shell } from "./support/shell.ts";
import { createStage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";
import { goTo, machine, pagePlaces, untilTheme, vmBlock } from "./support/window.ts";

let stage: Stage;
let home: string;
let shell: Shell;
let page: Page;
let container: string;

beforeAll(async () => {
  stage = await createStage();
  home = await sharedHome(stage);
  shell = await launchShell(stage, home);
  page = await shell.window();
  await untilVmIs(home, "running");
  const port = await freePort();
  const { id } = await withEngine(home, (client) =>
    client.containers.run({
      image: "berth/welcome",
      name: "accessibility",
      ports: [{ hostIp: "", hostPort: port, containerPort: 80, protocol: "tcp" }],
    }),
  );
  container = id;
});

afterAll(async () => {
  await withEngine(home, async (client) => {
    await client.settings.set({ "app.theme": "system" });
    await client.containers.remove({ id: container, force: true });
  }).catch(() => undefined);
  await shell.end("SIGTERM");
  await endProcessesOf(home);
  await stage.remove();
});

describe.each(["dark", "light"] as const)("in the %s theme", (theme) => {
  beforeEach(async () => {
    await withEngine(home, (client) => client.settings.set({ "app.theme": theme }));
    await untilTheme(page, theme);
  });

  test.each(pagePlaces)("the page %s has no violation", async (place) => {
    await goTo(page, place);
    expect(await violationsOf(page)).toEqual([]);
  });

  test("the list with a container opened in the side panel has no violation", async () => {
    await goTo(page, "containers");
    await page.getByRole("row", { name: "accessibility" }).click();
    await page.getByRole("tab").first().waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  test("a container's own page has no violation on any tab", async () => {
    await page.evaluate(`location.hash = ${JSON.stringify(`#/containers/${container}`)}`);
    await page.getByRole("heading", { level: 1, name: "accessibility" }).waitFor();
    const names = await page.getByRole("tablist").first().getByRole("tab").allInnerTexts();
    expect(names).toContain("Inspect");
    for (const name of names) {
      await page
        .getByRole("tablist")
        .first()
        .getByRole("tab", { name, exact: true })
        .click({ timeout: 10_000 });
      expect(await violationsOf(page), name).toEqual([]);
    }
  });

  test("the palette has no violation", async () => {
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });
});

describe.each(["dark", "light"] as const)("with the VM suspended, in the %s theme", (theme) => {
  test.each(pagePlaces)("the page %s has no violation", async (place) => {
    await withEngine(home, async (client) => {
      await client.vm.suspend();
      await client.settings.set({ "app.theme": theme });
    });
    await untilTheme(page, theme);
    await goTo(page, place);
    await vmBlock(page).getByText("Suspended").waitFor();
    if (place === "home") await machine(page).getByRole("button", { name: "Resume" }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });
});
