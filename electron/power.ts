import { powerMonitor } from "electron";
import { describeFailure } from "../engine/contract/index.ts";
import type { PowerEvent } from "../engine/contract/index.ts";
import type { EngineLink } from "./engine-link.ts";
import type { ShellLog } from "./log.ts";

/**
 * Tells the engine what happens to the computer; what follows from it is the engine's business. A shutdown waits
 * for the VM to be put to rest, where the system lets it.
 */
export function watchPower(link: EngineLink, log: ShellLog, shutDown: () => void): void {
  const tell = (event: PowerEvent): void => {
    log.info("power", { event });
    link.connection?.client.power.event({ event }).catch((error: unknown) => {
      log.warn("the engine did not take a power event", { event, cause: describeFailure(error).message });
    });
  };
  const tellBattery = (): void => tell(powerMonitor.isOnBatteryPower() ? "battery" : "mains");
  // A new engine knows nothing yet.
  link.on("up", tellBattery);
  powerMonitor.on("suspend", () => tell("sleep"));
  powerMonitor.on("resume", () => {
    link.retry();
    tell("wake");
  });
  powerMonitor.on("lock-screen", () => tell("lock"));
  powerMonitor.on("unlock-screen", () => tell("unlock"));
  powerMonitor.on("on-battery", () => tell("battery"));
  powerMonitor.on("on-ac", () => tell("mains"));
  if (process.platform === "win32") return;
  powerMonitor.on("shutdown", (event?: { preventDefault(): void }) => {
    event?.preventDefault();
    tell("shutdown");
    shutDown();
  });
}
