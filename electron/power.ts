import { powerMonitor } from "electron";
import { describeFailure } from "../engine/contract/index.ts";
import type { EngineLink } from "./engine-link.ts";
import type { ShellLog } from "./log.ts";

/**
 * Watches the computer's power. After a sleep the engine is asked for its state, which makes it look at its
 * tunnel at once; a shutdown waits for the VM to be put to rest.
 */
export function watchPower(link: EngineLink, log: ShellLog, shutDown: () => void): void {
  const note = (event: string): void => {
    log.info("power", { event });
  };
  powerMonitor.on("suspend", () => note("sleep"));
  powerMonitor.on("lock-screen", () => note("lock"));
  powerMonitor.on("on-battery", () => note("battery"));
  powerMonitor.on("on-ac", () => note("mains"));
  powerMonitor.on("resume", () => {
    note("wake");
    link.retry();
    link.connection?.client.vm.status().catch((error: unknown) => {
      log.warn("no state after waking", { cause: describeFailure(error).message });
    });
  });
  if (process.platform === "win32") return;
  powerMonitor.on("shutdown", (event?: { preventDefault(): void }) => {
    note("shutdown");
    event?.preventDefault();
    shutDown();
  });
}
