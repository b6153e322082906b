import { once } from "node:events";
import { app } from "electron";
import type { WebSocket } from "ws";
import { describeFailure } from "../engine/contract/index.ts";
import type { EngineLink } from "./engine-link.ts";
import type { EngineMirror } from "./engine-mirror.ts";
import type { ShellLog } from "./log.ts";
import { askToQuitAnyway, askWhatToDoWithVm } from "./quit-dialogs.ts";
import { planQuit } from "./quit-plan.ts";
import type { QuitChoice } from "./quit-plan.ts";
import type { MainWindow } from "./window.ts";

/** Putting a VM to rest takes seconds; a computer short of everything may take this long. */
const restTimeoutMs = 180_000;

const knowTimeoutMs = 10_000;

const progressTitles: Record<QuitChoice, string> = {
  suspend: "Berth: suspending the VM",
  stop: "Berth: stopping the VM",
  keep: "Berth",
};

/** An engine that has answered ends at once. */
const lastWordMs = 5000;

/** Quits as the `app.quit` setting says, once, however often it is asked for. */
export class QuitFlow {
  readonly #link: EngineLink;
  readonly #mirror: EngineMirror;
  readonly #window: MainWindow;
  readonly #log: ShellLog;
  #underWay = false;
  #decided = false;

  constructor(link: EngineLink, mirror: EngineMirror, window: MainWindow, log: ShellLog) {
    this.#link = link;
    this.#mirror = mirror;
    this.#window = window;
    this.#log = log;
    app.on("before-quit", (event) => {
      if (this.#decided) return;
      event.preventDefault();
      void this.request(true);
    });
  }

  /**
   * Starts quitting; `interactive` means that a person may be asked, `computerEnds` that the system shuts down.
   * Settles when decided or cancelled.
   */
  async request(interactive: boolean, computerEnds = false): Promise<void> {
    if (this.#underWay) return;
    this.#underWay = true;
    const choice = await this.#choose(interactive, computerEnds);
    if (choice !== "cancel") await this.#carryOut(choice, interactive);
    this.#underWay = false;
    if (!this.#decided && this.#window.open === null) await this.#window.show();
  }

  async #choose(interactive: boolean, computerEnds: boolean): Promise<QuitChoice | "leave" | "cancel"> {
    // Asked for within the first moments, while the engine is still being started.
    if (!this.#link.failing) await this.#mirror.known(knowTimeoutMs);
    const setting = this.#mirror.settings?.["app.quit"] ?? "ask";
    const plan = planQuit(setting, this.#mirror.status?.state ?? null, interactive, computerEnds);
    if (plan.kind === "leave") return "leave";
    if (plan.kind === "end") return plan.vm;
    const answer = await askWhatToDoWithVm(this.#window.open);
    if (answer.choice === "cancel") return "cancel";
    if (answer.remember) await this.#rememberChoice(answer.choice);
    return answer.choice === "keep" ? "leave" : answer.choice;
  }

  async #rememberChoice(choice: QuitChoice): Promise<void> {
    try {
      await this.#link.connection?.client.settings.set({ "app.quit": choice });
    } catch (error) {
      this.#log.error("quit choice not stored", error);
    }
  }

  async #carryOut(choice: QuitChoice | "leave", interactive: boolean): Promise<void> {
    const connection = this.#link.connection;
    if (choice === "leave" || connection === null) {
      this.#finish(0);
      return;
    }
    this.#link.end();
    this.#showProgress(progressTitles[choice], true);
    try {
      const signal = AbortSignal.timeout(restTimeoutMs);
      await connection.client.system.quit({ vm: choice }, { signal });
      await closeOf(connection.socket);
      this.#finish(0);
    } catch (error) {
      // An engine that ended without an answer has done what it was asked for.
      if (connection.socket.readyState !== connection.socket.OPEN) this.#finish(0);
      else await this.#failed(error, interactive);
    }
  }

  async #failed(error: unknown, interactive: boolean): Promise<void> {
    this.#log.error("quit failed", error);
    const failure = describeFailure(error);
    this.#showProgress("Berth", false);
    if (!interactive) {
      process.stderr.write(`berth: ${failure.message}\n  ${failure.hint}\n`);
      this.#finish(1);
    } else if (await askToQuitAnyway(this.#window.open, failure)) {
      this.#finish(0);
    } else {
      void this.#link.run();
    }
  }

  #showProgress(title: string, busy: boolean): void {
    this.#window.open?.setTitle(title);
    this.#window.open?.setProgressBar(busy ? 2 : -1);
  }

  #finish(exitCode: number): void {
    this.#decided = true;
    this.#link.close();
    if (exitCode === 0) app.quit();
    else app.exit(exitCode);
  }
}

async function closeOf(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return;
  await once(socket, "close", { signal: AbortSignal.timeout(lastWordMs) }).catch(() => undefined);
}
