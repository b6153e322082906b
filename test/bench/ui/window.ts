import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { promisify } from "node:util";
import { _electron, type ElectronApplication, type Page } from "playwright-core";
import { connectEngine } from "../../../engine/contract/connect.ts";
import type { Stage } from "../../e2e/support/stage.ts";
import { RecordedDocker } from "./recorded-docker.ts";

const run = promisify(execFile);
const ACTION_TIMEOUT_MS = 120_000;

/** The real window on a real engine, whose Docker is recorded. */
export class MeasuredWindow implements AsyncDisposable {
  readonly docker: RecordedDocker;
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly #engine: ChildProcess;

  private constructor(docker: RecordedDocker, engine: ChildProcess, app: ElectronApplication, page: Page) {
    this.docker = docker;
    this.#engine = engine;
    this.app = app;
    this.page = page;
  }

  static async open(stage: Stage, name: string, containers: number): Promise<MeasuredWindow> {
    const home = await stage.home(name);
    const docker = await RecordedDocker.start(home, containers);
    const program = path.join(import.meta.dirname, "engine-process.ts");
    const engine = spawn(process.execPath, [program, docker.socket], {
      env: { ...process.env, BERTH_HOME: home },
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(engine.stdout, "data");
    const connection = await connectEngine({
      home,
      version: "0.0.0",
      program: { command: "false", args: [] },
      start: false,
    });
    await connection.client.settings.set({ "app.quit": "keep" });
    connection.close();
    if (stage.user !== undefined) await run("chown", ["-R", `${stage.user}:`, home]);
    const app = await _electron.launch({
      ...stage.launchOptions(home, ["--js-flags=--expose-gc"]),
      timeout: 60_000,
    });
    const page = await app.firstWindow({ timeout: ACTION_TIMEOUT_MS });
    page.setDefaultTimeout(ACTION_TIMEOUT_MS);
    return new MeasuredWindow(docker, engine, app, page);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.app.process(), "exit");
    this.app.process().kill("SIGTERM");
    await closed;
    const ended = once(this.#engine, "exit");
    this.#engine.stdin?.end();
    await ended;
    this.docker.close();
  }
}

/** Resident memory of all processes of an app in MiB, after the page has collected its garbage. */
export async function memoryMiB(app: ElectronApplication, page: Page, kind?: "Tab"): Promise<number> {
  await page.evaluate("globalThis.gc?.()");
  await page.waitForTimeout(500);
  await page.evaluate("globalThis.gc?.()");
  const processes = await app.evaluate(({ app: electron }) =>
    electron.getAppMetrics().map(({ type, memory }) => ({ type, kib: memory.workingSetSize })),
  );
  const counted = processes.filter(({ type }) => kind === undefined || type === kind);
  return counted.reduce((sum, { kib }) => sum + kib, 0) / 1024;
}
