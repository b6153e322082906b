import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
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

describe.skipIf(problem !== null)(
  `apps in the window${problem === null ? "" : ` (skipped: ${problem})`}`,
  () => {
    let stage: Stage;
    let engine: LocalEngine;
    let shell: Shell;
    let page: Page;
    let port: number;
    let folder: string;
    const complaints: string[] = [];

    beforeAll(async () => {
      stage = await createStage();
      const home = await stage.home("apps");
      engine = await startLocalEngine({ home, ...(stage.user === undefined ? {} : { owner: stage.user }) });
      await engine.client.settings.set({ "app.quit": "keep" });
      port = await freePort();
      folder = path.join(stage.dir, "harbour");
      await mkdir(path.join(folder, "site"), { recursive: true });
      await writeFile(path.join(folder, "site/index.html"), "moored");
      await writeFile(path.join(folder, "Dockerfile"), "FROM berth/welcome\nCOPY site /site\n");
      await writeFile(
        path.join(folder, "compose.yaml"),
        [
          "services:",
          "  web:",
          "    build: .",
          "    command: sh -c 'echo the harbour is open; exec httpd -f -p 80 -h /site'",
          `    ports: ["${port}:80"]`,
          "    stop_grace_period: 0s",
          "  worker:",
          "    image: berth/welcome",
          "    command: sleep 1000",
          "    stop_grace_period: 0s",
          "",
        ].join("\n"),
      );
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

    const row = (name: string, level = 1) =>
      page.locator(`[role="row"][aria-level="${level}"]`).filter({ hasText: name });

    test("a folder is added and started with the keyboard alone", async () => {
      await goTo(page, "apps");
      await page.getByRole("heading", { name: "No apps yet" }).waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.getByRole("button", { name: "Add a folder" }).first().focus();
      await page.keyboard.press("Enter");
      await page.getByRole("combobox", { name: "Folder" }).waitFor();
      await page.keyboard.type(path.join(stage.dir, "nowhere"));
      await page.getByText("is not there").waitFor();
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.type(folder);
      await page.getByText("compose.yaml with 2 services: web, worker.").waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.keyboard.press("Enter");
      await row("harbour").getByText("Running").waitFor();
      await row("harbour")
        .getByRole("link", { name: `Open port ${port} of harbour` })
        .waitFor();
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("moored");
    });

    test("services unfold, an app opens with its services and merged logs", async () => {
      await page.getByRole("treegrid").focus();
      await page.keyboard.press("ArrowRight");
      await row("worker", 2).getByText("Running").waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.keyboard.press("Home");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "harbour" }).waitFor();
      await page.getByRole("link", { name: "harbour-web-1" }).waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.getByRole("tab", { name: "Logs" }).click();
      await page.getByText("the harbour is open").waitFor();
    });

    test("the Compose file is completed, checked, compared and applied", async () => {
      await page.getByRole("tab", { name: "Compose file" }).click();
      const text = page.getByRole("textbox", { name: "compose.yaml" });
      await text.waitFor();
      // Styles that the page's policy refused would leave the browser's own look.
      const drawn = "document.querySelector('.editor').shadowRoot.querySelector('.cm-content')";
      expect(await page.evaluate(`getComputedStyle(${drawn}).fontFamily`)).toMatch(/JetBrains Mono/);
      await page.getByText("Compose finds nothing wrong.").waitFor();
      await text.focus();
      await page.keyboard.press("ControlOrMeta+End");
      await page.keyboard.type("    networks: [nowhere]\n");
      await page.getByText(/Line 11, column 5.*undefined network nowhere/).waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.getByRole("button", { name: "Revert" }).click();
      await page.getByText("Compose finds nothing wrong.").waitFor();
      await text.focus();
      await page.keyboard.press("ControlOrMeta+End");
      await page.keyboard.type("    hostn");
      await page.getByRole("option", { name: "hostname" }).waitFor();
      await page.keyboard.press("Enter");
      await page.keyboard.type("bosun");
      await page.getByRole("button", { name: "Review and save…" }).click();
      await page.getByRole("dialog").getByText("bosun").waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.getByRole("button", { name: "Save and apply" }).click();
      await expect
        .poll(async () => (await engine.docker.getContainer("harbour-worker-1").inspect()).Config.Hostname, {
          timeout: 30_000,
        })
        .toBe("bosun");
      expect(await readFile(path.join(folder, "compose.yaml"), "utf8")).toContain("hostname: bosun");
    });

    test("a service is scaled and rebuilt alone, what fails is said", async () => {
      const actions = async (service: string, item: string) => {
        await page.getByRole("button", { name: `Actions for ${service}` }).click();
        await page.getByRole("menuitem", { name: item }).click();
      };
      await page.getByRole("tab", { name: "Services" }).click();
      await actions("worker", "Scale…");
      await page.getByRole("spinbutton", { name: "Containers" }).fill("3");
      await page.keyboard.press("Enter");
      await page.getByRole("link", { name: "harbour-worker-3" }).waitFor();
      await writeFile(path.join(folder, "site/index.html"), "rebuilt");
      const worker = (await engine.docker.getContainer("harbour-worker-1").inspect()).Id;
      await actions("web", "Rebuild and recreate");
      await expect
        .poll(() => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text(), String), {
          timeout: 30_000,
        })
        .toBe("rebuilt");
      expect((await engine.docker.getContainer("harbour-worker-1").inspect()).Id).toBe(worker);
      await actions("web", "Scale…");
      await page.getByRole("spinbutton", { name: "Containers" }).fill("2");
      await page.keyboard.press("Enter");
      await page
        .getByRole("region", { name: "Activity" })
        .getByText(new RegExp(`publishes port ${port}`))
        .first()
        .waitFor();
    });

    test("both themes pass the scan; an app is stopped and taken down after a question that names what goes", async () => {
      await goTo(page, "apps");
      for (const theme of ["dark", "light"] as const) {
        await engine.client.settings.set({ "app.theme": theme });
        await untilTheme(page, theme);
        expect(await violationsOf(page)).toEqual([]);
      }
      await row("harbour").getByRole("checkbox").check();
      await page.getByRole("button", { name: "Stop", exact: true }).click();
      await row("harbour").getByText("Stopped").waitFor();
      await page.getByRole("button", { name: "Take down…" }).click();
      const question = page.getByRole("dialog", { name: "Take down harbour?" });
      await question.getByText("4 containers and their networks go").waitFor();
      await question.getByRole("checkbox", { name: "Remove the volumes too" }).check();
      await question.getByText("All data in the volumes that belong to it is lost for good.").waitFor();
      await question.getByRole("button", { name: "Take down" }).click();
      await row("harbour").getByText("Not created").waitFor();
      expect(await engine.docker.listContainers({ all: true })).toEqual([]);
      expect(complaints).toEqual([]);
    });
  },
);
