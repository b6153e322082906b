import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEngine, localEngineProblem, startLocalEngine } from "../support/local-engine/index.ts";
import { violationsOf } from "./support/accessibility.ts";
import { freePort } from "./support/free-port.ts";
import { launchShell } from "./support/shell.ts";
import type { Shell } from "./support/shell.ts";
import { createStage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";
import { goTo, untilTheme } from "./support/window.ts";

const problem = localEngineProblem();

const compose = `services:
  web:
    image: berth/welcome
    command: sh -c "echo $$GREETING > /site/index.html && exec httpd -f -p 80 -h /site"
    stop_grace_period: 0s
    environment:
      GREETING: "\${GREETING}"
      API_PASSWORD: "\${API_PASSWORD}"
    ports: ["\${WEB_PORT:-8099}:80"]
    volumes: ["site:/site"]
volumes:
  site:
x-berth:
  id: harbour-master
  version: 1.0.0
  title: Harbour master
  tagline: Says who is moored where
  categories: [Harbour]
  variables:
    GREETING: { type: text, label: Greeting, pattern: "[a-z ]+" }
    WEB_PORT: { type: port, label: Port of the page, default: 8099 }
    API_PASSWORD: { type: secret }
  open: [{ service: web, port: 80, title: the board }]
  notes: "The board says **what you wrote**."
`;
const readme = `# Harbour master
<img src="x" onerror="document.title='hostile'"><script>document.title = "hostile"</script>

See [the docs](javascript:alert(1)) and \`GREETING\`.
`;

describe.skipIf(problem !== null)(
  `templates in the window${problem === null ? "" : ` (skipped: ${problem})`}`,
  () => {
    let stage: Stage;
    let engine: LocalEngine;
    let shell: Shell;
    let page: Page;
    let port: number;
    const complaints: string[] = [];

    beforeAll(async () => {
      stage = await createStage();
      const home = await stage.home("templates");
      engine = await startLocalEngine({ home, ...(stage.user === undefined ? {} : { owner: stage.user }) });
      await engine.client.settings.set({ "app.quit": "keep" });
      port = await freePort();
      await engine.client.templates.save({ compose, readme });
      shell = await launchShell(stage, home);
      page = await shell.window();
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
    });
    afterAll(async () => {
      await shell.end("SIGTERM");
      await engine.stop();
      await stage.remove();
    });

    test("a template is found while typing, in spite of a mistake, and opened with the keyboard", async () => {
      await goTo(page, "templates");
      const search = page.getByRole("searchbox", { name: "Search templates" });
      await search.fill("qqxxzzyyvv");
      await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
      await search.fill("harbor mastr");
      await page.getByRole("link", { name: "Harbour master" }).waitFor();
      for (const theme of ["dark", "light"] as const) {
        await engine.client.settings.set({ "app.theme": theme });
        await untilTheme(page, theme);
        expect(await violationsOf(page)).toEqual([]);
      }
      await page.getByRole("link", { name: "Harbour master" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Harbour master" }).waitFor();
    });

    test("its page tells services, risks and documentation, of which nothing acts", async () => {
      await page.getByRole("table", { name: "Services" }).getByText("berth/welcome").waitFor();
      await page.getByRole("region", { name: "What it may do" }).waitFor();
      const documentation = page.getByRole("region", { name: "Documentation" });
      await documentation.getByText("GREETING").waitFor();
      expect(await documentation.locator("img, script, a").count()).toBe(0);
      expect(await page.title()).not.toContain("hostile");
      expect(await violationsOf(page)).toEqual([]);
    });

    test("it runs with values that were checked, and its page answers on this computer", async () => {
      await page.getByRole("button", { name: "Run…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("textbox", { name: "Greeting" }).fill("WRONG 1");
      await dialog.getByRole("textbox", { name: "Port of the page" }).fill(String(port));
      await page.keyboard.press("Enter");
      await dialog.getByText("It does not fit [a-z ]+.").waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await dialog.getByRole("textbox", { name: "Greeting" }).fill("moored");
      await page.keyboard.press("Enter");
      await dialog.getByText("Every service of harbour-master is up.").waitFor();
      await dialog.getByRole("link", { name: "Open the board" }).waitFor();
      await dialog.getByText("what you wrote").waitFor();
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("moored\n");
      expect(await violationsOf(page)).toEqual([]);
      await dialog.getByRole("button", { name: "Show the app" }).click();
      await page.getByRole("heading", { level: 1, name: "harbour-master" }).waitFor();
    });

    test("the app is saved as a template, its secret taken out", async () => {
      await page.getByRole("button", { name: "Actions for harbour-master" }).click();
      await page.getByRole("menuitem", { name: "Save as template…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("textbox", { name: "Title" }).fill("Harbour copy");
      await page.keyboard.press("Enter");
      await dialog
        .getByRole("region", { name: "Secrets" })
        .getByText("API_PASSWORD", { exact: true })
        .waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await dialog.getByRole("button", { name: "Show the template" }).click();
      await page.getByRole("heading", { level: 1, name: "Harbour copy" }).waitFor();
      expect(complaints).toEqual([]);
    });
  },
);
