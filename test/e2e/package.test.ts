import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { chmod } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { FuseV1Options, getCurrentFuseWire } from "@electron/fuses";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "./support/free-port.ts";
import { endProcessesOf, qemusOf } from "./support/processes.ts";
import { actionTimeoutMs, bootTimeoutMs, enginePid, withEngine } from "./support/shell.ts";
import { createStage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";

const run = promisify(execFile);
const checkout = path.resolve(import.meta.dirname, "../..");

let stage: Stage;
let home: string;
let program: string;
let app: ChildProcess;
let browser: Browser;
let page: Page;
let stdout = "";

/** The packaged app in a folder with spaces: the one named by BERTH_PACKAGE_DIR, else built now. */
async function packageWithSpaces(): Promise<string> {
  let built = process.env["BERTH_PACKAGE_DIR"];
  if (built === undefined) {
    const out = path.join(stage.dir, "release");
    await run(process.execPath, [path.join(checkout, "scripts", "package.mjs"), "--out", out], {
      cwd: checkout,
      maxBuffer: 64 * 1024 * 1024,
    });
    built = path.join(out, "linux-unpacked");
  }
  const moved = path.join(stage.dir, "My Berth app");
  await run("cp", ["-al", built, moved]).catch(() => run("cp", ["-a", built, moved]));
  await chmod(moved, 0o755);
  return moved;
}

beforeAll(async () => {
  stage = await createStage();
  home = await stage.home("packaged");
  program = path.join(await packageWithSpaces(), "berth-app");
  const options = await stage.packagedOptions(program, home, ["--remote-debugging-port=0"]);
  app = spawn(options.executablePath, options.args, { env: options.env, stdio: ["ignore", "pipe", "pipe"] });
  app.stdout?.on("data", (data: Buffer) => (stdout += data.toString()));
  browser = await chromium.connectOverCDP(await debuggingAddress(app));
  const [context] = browser.contexts();
  if (!context) throw new Error("the packaged app shows no window");
  context.setDefaultTimeout(actionTimeoutMs);
  page = context.pages()[0] ?? (await context.waitForEvent("page"));
});

afterAll(async () => {
  await browser.close().catch(() => undefined);
  await endProcessesOf(home);
  await stage.remove();
});

function debuggingAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let words = "";
    child.stderr?.on("data", (data: Buffer) => {
      words += data.toString();
      const address = /DevTools listening on (ws:\S+)/.exec(words)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once("exit", (code) =>
      reject(new Error(`the packaged app ended with ${code ?? "a signal"}: ${words}`)),
    );
  });
}

test("all fuses are set", async () => {
  // The states of the fuse wire are stored as these characters.
  const [off, on] = ["0".charCodeAt(0), "1".charCodeAt(0)];
  const wire = await getCurrentFuseWire(program);
  expect(wire[FuseV1Options.RunAsNode]).toBe(off);
  expect(wire[FuseV1Options.EnableNodeOptionsEnvironmentVariable]).toBe(off);
  expect(wire[FuseV1Options.EnableNodeCliInspectArguments]).toBe(off);
  expect(wire[FuseV1Options.EnableEmbeddedAsarIntegrityValidation]).toBe(on);
  expect(wire[FuseV1Options.OnlyLoadAppFromAsar]).toBe(on);
  expect(wire[FuseV1Options.EnableCookieEncryption]).toBe(on);
  expect(wire[FuseV1Options.GrantFileProtocolExtraPrivileges]).toBe(off);
});

test("the packaged app boots the VM that it brings", async () => {
  await expect
    .poll(() => stdout, { timeout: bootTimeoutMs, interval: 200 })
    .toBe(`ready unix://${home}/docker.sock\n`);
  expect(page.url()).toMatch(/^berth:\/\/app\//);
  const folder = path.dirname(program);
  expect(readlinkSync(`/proc/${await enginePid(home)}/exe`)).toBe(path.join(folder, "resources/bin/berth"));
  const [qemu] = qemusOf(home);
  expect(readlinkSync(`/proc/${qemu?.pid ?? 0}/exe`)).toMatch(
    new RegExp(`^${folder}/resources/qemu/libexec/qemu-system-`),
  );
  expect(qemu?.command).toContain(`${folder}/resources/image/`);
});

test("a container in it answers on its published port", async () => {
  const port = await freePort();
  await withEngine(home, (client) =>
    client.containers.run({
      image: "berth/welcome",
      ports: [{ hostIp: "", hostPort: port, containerPort: 80, protocol: "tcp" }],
    }),
  );
  const fetchPage = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      (response) => response.status,
      () => 0,
    );
  await expect.poll(fetchPage, { timeout: 60_000, interval: 200 }).toBe(200);
});

test("it suspends the VM when it is ended", async () => {
  const exited = once(app, "exit");
  await browser.close();
  app.kill("SIGTERM");
  expect((await exited)[0]).toBe(0);
  expect(qemusOf(home)).toEqual([]);
});
