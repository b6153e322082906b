import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { _electron } from "playwright-core";
import type { Stage } from "../../e2e/support/stage.ts";
import { memoryMiB } from "./window.ts";

/** Memory of an Electron app with one empty window, in MiB: what the runtime costs before there is anything in it. */
export async function emptyWindowMiB(stage: Stage): Promise<number> {
  const home = await stage.home("empty");
  const dir = path.join(stage.dir, "empty-app");
  await mkdir(dir, { mode: 0o755 });
  await writeFile(path.join(dir, "package.json"), JSON.stringify({ name: "empty", main: "main.js" }));
  await writeFile(
    path.join(dir, "main.js"),
    `const { app, BrowserWindow } = require("electron");
app.whenReady().then(() => new BrowserWindow({ width: 1280, height: 800 }).loadURL("data:text/html,<title>empty</title>"));
`,
  );
  const { args, ...options } = stage.launchOptions(home, ["--js-flags=--expose-gc"]);
  // The first argument is the app's folder.
  const app = await _electron.launch({ ...options, args: [dir, ...args.slice(1)], timeout: 60_000 });
  try {
    const page = await app.firstWindow();
    await page.waitForTimeout(3000);
    return await memoryMiB(app, page);
  } finally {
    await app.close();
  }
}
