import path from "node:path";
import { app, dialog, shell } from "electron";
import { resolveHome } from "../engine/contract/connect.ts";
import type { BerthClient } from "../engine/contract/index.ts";
import { setAppMenu } from "./app-menu.ts";
import { engineProgram, rendererDir } from "./app-places.ts";
import { EngineLink } from "./engine-link.ts";
import { EngineMirror } from "./engine-mirror.ts";
import { guardPages } from "./guards.ts";
import { mayOpenOutside } from "../engine/contract/outside-links.ts";
import { homeProblem } from "./home-check.ts";
import { openLog } from "./log.ts";
import { PageChannel } from "./page-channel.ts";
import { watchPower } from "./power.ts";
import { QuitFlow } from "./quit.ts";
import { printReadyLine } from "./ready-line.ts";
import { declareScheme, serveScheme } from "./scheme.ts";
import { startVmWithApp } from "./start-with-app.ts";
import { trayModel } from "./tray-model.ts";
import type { TrayAction } from "./tray-model.ts";
import { BerthTray } from "./tray.ts";
import { MainWindow } from "./window.ts";

/** Set by the build. */
declare const BERTH_VERSION: string;

const home = resolveHome();
const userData = path.join(home, "app");
const log = openLog(home);

app.setName("Berth");
// The lock of the one instance lives here: one shell per home.
app.setPath("userData", userData);
if (!app.commandLine.hasSwitch("no-sandbox")) app.enableSandbox();
declareScheme();
process.on("uncaughtException", (error) => log.error("uncaught", error));
process.on("unhandledRejection", (error) => log.error("unhandled", error));

const problem = homeProblem(userData);
if (problem !== null) {
  process.stderr.write(`berth: ${problem.message}\n  ${problem.hint}\n`);
  // Started from a launcher, nobody reads that; there will be no window to tell it either.
  if (app.isPackaged) dialog.showErrorBox(problem.message, problem.hint);
  app.exit(1);
} else if (app.requestSingleInstanceLock()) {
  void app.whenReady().then(run);
} else {
  process.stdout.write("Berth runs already; its window is in front now.\n");
  app.exit(0);
}

function run(): void {
  const link = new EngineLink({ home, version: BERTH_VERSION, program: engineProgram(), log });
  const mirror = new EngineMirror(link, log);
  guardPages(log);
  serveScheme(rendererDir);
  const channel = new PageChannel(home, link, log);
  const window = new MainWindow(userData, log, () => channel.detach());
  const quit = new QuitFlow(link, mirror, window, log);
  const open = (page?: string): void => void window.show(page);

  setAppMenu(() => open("settings"));
  startTray(link, mirror, open);
  mirror.on("change", () => {
    if (mirror.settings !== null) window.setTheme(mirror.settings["app.theme"]);
  });
  watchPower(link, log, () => void quit.request(false, true));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => void quit.request(false));
  app.on("second-instance", (_event, argv) => {
    if (!argv.includes("--hidden")) open();
  });
  app.on("activate", () => open());
  app.on("window-all-closed", () => {
    const stays = mirror.settings?.["app.closeToTray"] ?? true;
    if (!stays && process.platform !== "darwin") void quit.request(true);
  });

  startVmWithApp(link, log);
  printReadyLine(mirror, process.argv.includes("--hidden") ? Promise.resolve() : window.show());
  void link.run();
}

const vmCommands: Record<TrayAction, (client: BerthClient) => Promise<void>> = {
  start: (client) => client.vm.start({}),
  resume: (client) => client.vm.resume(),
  suspend: (client) => client.vm.suspend(),
  stop: (client) => client.vm.stop({}),
  unpause: (client) => client.vm.unpause(),
};

/** Draws the tray from the mirror and carries its commands out. */
function startTray(link: EngineLink, mirror: EngineMirror, open: (page?: string) => void): void {
  const command = (title: string, call: (client: BerthClient) => Promise<void>): void => {
    const client = link.connection?.client;
    if (client === undefined) return;
    // What went wrong shows in the state and the activities; the window tells the rest.
    call(client).catch((error: unknown) => log.error(`${title} failed`, error));
  };
  const tray = new BerthTray(trayModel(mirror.status, mirror.containers), {
    vm: (action) => command(action, vmCommands[action]),
    openAddress: (address) => {
      if (mayOpenOutside(address)) void shell.openExternal(address);
    },
    stopContainer: (id) => command("stop container", (client) => client.containers.stop({ id })),
    openWindow: open,
    quit: () => app.quit(),
  });
  mirror.on("change", () => tray.update(trayModel(mirror.status, mirror.containers)));
}
