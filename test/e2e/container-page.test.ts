import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  buildTinyImage,
  type LocalEngine,
  localEngineProblem,
  startLocalEngine,
} from "../support/local-engine/index.ts";
import { violationsOf } from "./support/accessibility.ts";
import { saveDownloadsIn } from "./support/downloads.ts";
import { pictures } from "./support/pictures.ts";
import { launchShell } from "./support/shell.ts";
import type { Shell } from "./support/shell.ts";
import { createStage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";
import { goTo, untilTheme } from "./support/window.ts";

const problem = localEngineProblem();

/** Writes what a log must survive, then a line now and then. */
const talk = [
  "printf '\\033[32mgreen\\033[0m <img src=x onerror=alert(1)> \\033]0;title\\007\\n'",
  "echo needle in the log >&2",
  "head -c 300000 /dev/zero | tr '\\0' x; echo",
  "echo '2' >>/etc/app.conf",
  "exec sleep 1000",
].join("; ");

describe.skipIf(problem !== null)(
  `the container list and page${problem === null ? "" : ` (skipped: ${problem})`}`,
  () => {
    let stage: Stage;
    let engine: LocalEngine;
    let shell: Shell;
    let page: Page;
    let downloads: (name: string) => Promise<string>;
    const complaints: string[] = [];

    beforeAll(async () => {
      stage = await createStage();
      const home = await stage.home("page");
      engine = await startLocalEngine({ home, ...(stage.user === undefined ? {} : { owner: stage.user }) });
      await engine.client.settings.set({ "app.quit": "keep", "app.theme": "dark" });
      await buildTinyImage(engine.docker, "talker", { "/etc/app.conf": "port=1\n" }, [
        'LABEL "<b>odd</b>"="<script>alert(1)</script>"',
      ]);
      await start("talker", { Image: "talker", Entrypoint: ["sh", "-c", talk], Cmd: [] });
      await start("other", { Image: "berth/welcome" });
      await start("passing", { Image: "berth/welcome", HostConfig: { AutoRemove: true } });
      shell = await launchShell(stage, home);
      page = await shell.window();
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      downloads = await saveDownloadsIn(shell.app, stage.dir);
    });
    afterAll(async () => {
      await shell.end("SIGTERM");
      await engine.stop();
      await stage.remove();
    });

    async function start(name: string, options: object): Promise<void> {
      const container = await engine.docker.createContainer({ name, StopSignal: "SIGKILL", ...options });
      await container.start();
    }

    const row = (name: string): Locator => page.getByRole("row", { name });
    const tab = (name: string): Locator => page.getByRole("tab", { name, exact: true });

    async function accessible(name: string): Promise<void> {
      for (const theme of ["light", "dark"] as const) {
        await engine.client.settings.set({ "app.theme": theme });
        await untilTheme(page, theme);
        expect(await violationsOf(page)).toEqual([]);
        await pictures(stage)(page, `${name}-${theme}`);
      }
    }

    async function open(name: string): Promise<void> {
      await goTo(page, "containers");
      await row(name).dblclick();
      await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
    }

    test("the list tells what each container uses, and marks temporary ones", async () => {
      await goTo(page, "containers");
      await expect.poll(() => row("other").innerText(), { timeout: 20_000 }).toMatch(/\d %[\s\S]*\d [KM]iB/);
      expect(await row("passing").getByText("temporary").isVisible()).toBe(true);
      await accessible("container-list");
    });

    test("the menu of a row that is only pointed at opens and renames", async () => {
      await row("talker").click();
      await row("other").hover();
      await row("other").getByRole("button", { name: "Actions for other" }).click();
      await page.getByRole("menuitem", { name: "Rename…" }).click();
      await page.getByRole("textbox", { name: "Name" }).fill("passing");
      await page.keyboard.press("Enter");
      await page.getByText('A container named "passing" exists already.').waitFor();
      await page.getByRole("textbox", { name: "Name" }).fill("renamed");
      await page.keyboard.press("Enter");
      await row("renamed").waitFor();
      await page.getByRole("button", { name: "Close details" }).click();
    });

    test("the chosen columns are remembered", async () => {
      await page.getByRole("button", { name: "Columns" }).click();
      await page.getByRole("menuitemcheckbox", { name: "Image" }).click();
      await page.keyboard.press("Escape");
      await page.getByRole("columnheader", { name: "Image" }).waitFor({ state: "detached" });
      await page.reload();
      await row("talker").waitFor();
      expect(await page.getByRole("columnheader", { name: "Image" }).count()).toBe(0);
    });

    test("several are stopped and started together, by keyboard", async () => {
      await page.getByRole("grid", { name: "Containers" }).focus();
      await page.keyboard.press("Home");
      await page.keyboard.press("ControlOrMeta+a");
      await page.getByText("3 selected").waitFor();
      await page.getByRole("button", { name: "Pause", exact: true }).click();
      await expect.poll(() => page.getByRole("row").filter({ hasText: "Paused" }).count()).toBe(3);
      await page.getByRole("button", { name: "Unpause", exact: true }).click();
      await expect.poll(() => page.getByRole("row").filter({ hasText: "Running" }).count()).toBe(3);
      await page.getByRole("button", { name: "Clear", exact: true }).click();
    });

    test("logs: colours and markup are text, search counts, restarts are followed, saving has it all", async () => {
      await open("talker");
      await tab("Overview").waitFor();
      await page.getByText("<script>alert(1)</script>").waitFor();
      await tab("Logs").click();
      const log = page.getByRole("log", { name: "Log" });
      await log.getByText("<img src=x onerror=alert(1)>").waitFor();
      await page.getByRole("searchbox", { name: "Search in the log" }).fill("NEEDLE");
      await page.getByText("1 of 1").waitFor();
      await log.locator("mark", { hasText: "needle" }).waitFor();
      await accessible("container-logs");
      await page.getByRole("button", { name: "Save the whole log" }).click();
      const saved = await downloads("talker.log");
      expect(saved).toContain("green <img src=x onerror=alert(1)>");
      expect(saved).toContain("x".repeat(300_000));
      await engine.client.containers.restart({ id: "talker" });
      await log.getByText("The container started.").waitFor();
      await page.getByText("1 of 2").waitFor();
    });

    test("a terminal runs what is typed, under the content policy, and goes on in another tab", async () => {
      await tab("Terminal").click();
      await page.getByRole("button", { name: "Open terminal" }).click();
      await page.locator(".xterm-accessibility-tree").getByText("/ #").waitFor();
      await page.keyboard.type("echo $((40+2)) from the terminal\n");
      await page.locator(".xterm-accessibility-tree").getByText("42 from the terminal").waitFor();
      // Its own styles arrived, past the policy's ban of style elements.
      const face = await page.evaluate("getComputedStyle(document.querySelector('.xterm-rows')).fontFamily");
      expect(face).toContain("JetBrains Mono");
      await tab("Stats").click();
      await page.getByRole("img", { name: /^CPU/ }).waitFor();
      await tab("Terminal").click();
      await page.locator(".xterm-accessibility-tree").getByText("42 from the terminal").waitFor();
      await accessible("container-terminal");
      await page.getByRole("button", { name: "New terminal" }).click();
      await page.getByRole("button", { name: "Open tools shell" }).click();
      await expect.poll(async () => (await engine.docker.listContainers()).length).toBe(4);
      await page.getByRole("button", { name: "Close terminal 2" }).click();
      await expect.poll(async () => (await engine.docker.listContainers()).length).toBe(3);
    });

    test("files: browse, edit, upload, download and remove, with what differs from the image marked", async () => {
      await tab("Files").click();
      await page.getByRole("row", { name: /^Select etc/ }).click();
      const conf = page.getByRole("row", { name: /app\.conf/ });
      await conf.getByText("modified").waitFor();
      await accessible("container-files");
      await conf.click();
      const text = page.getByRole("textbox", { name: "Text of app.conf" });
      await expect.poll(() => text.inputValue()).toMatch(/^port=1\n/);
      await text.fill("port=9\n");
      await page.keyboard.press("ControlOrMeta+s");
      await page.getByText("Saved app.conf.").waitFor();
      expect((await engine.exec(["docker", "exec", "talker", "cat", "/etc/app.conf"])).stdout).toBe(
        "port=9\n",
      );
      await page.getByRole("button", { name: "Close app.conf" }).click();

      const local = path.join(stage.dir, "from here.txt");
      await writeFile(local, "brought along\n");
      await page.getByLabel("Files to upload").setInputFiles(local);
      const brought = page.getByRole("row", { name: /from here\.txt/ });
      await brought.getByText("added").waitFor();
      await brought.getByRole("checkbox").click();
      await page.getByRole("button", { name: "Download selected" }).click();
      expect(await downloads("from here.txt")).toBe("brought along\n");
      await page.getByRole("button", { name: "Remove selected…" }).click();
      await page.getByRole("dialog").getByText("from here.txt").first().waitFor();
      await page.getByRole("button", { name: "Remove", exact: true }).click();
      await brought.waitFor({ state: "detached" });

      await page.getByRole("grid", { name: "Files" }).focus();
      await page.keyboard.press("Backspace");
      await page.getByRole("row", { name: /^Select proc/ }).waitFor();
    });

    test("files of a stopped container can be seen", async () => {
      await engine.docker.getContainer("talker").stop({ t: 0 });
      await page.getByRole("row", { name: /^Select etc/ }).click();
      await page.getByRole("row", { name: /app\.conf/ }).waitFor();
      await engine.docker.getContainer("talker").start();
    });

    test("stats over time can be looked into closely", async () => {
      await tab("Stats").click();
      const chart = page.getByRole("img", { name: /^Memory/ });
      await chart.waitFor();
      await accessible("container-stats");
      const box = await chart.boundingBox();
      if (box === null) throw new Error("the chart has no place");
      await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 5 });
      await page.mouse.up();
      await page.getByRole("button", { name: "Back to now" }).click();
    });

    test("inspect is a tree that is searched, and raw JSON", async () => {
      await tab("Inspect").click();
      await page.getByRole("searchbox", { name: "Search in facts" }).fill("<b>odd");
      await page.getByRole("treeitem", { name: /<b>odd<\/b>/ }).waitFor();
      await accessible("container-inspect");
      await page.getByRole("button", { name: "Raw JSON" }).click();
      await page.getByText('"Id":').waitFor();
      await page.getByRole("button", { name: "Raw JSON" }).click();
    });

    test("an engine that is replaced meanwhile, and a container removed by somebody else, are told", async () => {
      await tab("Logs").click();
      await engine.replaceEngine({ kill: true });
      await page.getByRole("log", { name: "Log" }).getByText("needle in the log").first().waitFor();
      await tab("Files").click();
      await engine.docker.getContainer("talker").remove({ force: true });
      await page.getByRole("heading", { name: "This container is gone" }).waitFor();
      await page.getByRole("button", { name: "All containers" }).click();
      await row("renamed").waitFor();
    });

    test("the window reported no error, nor anything that its policy forbids", () => {
      expect(complaints).toEqual([]);
    });
  },
);
