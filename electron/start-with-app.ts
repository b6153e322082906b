import type { EngineConnection } from "../engine/contract/connect.ts";
import type { EngineLink } from "./engine-link.ts";
import type { ShellLog } from "./log.ts";

/**
 * Starts or resumes the VM once after the shell came up, where `vm.startWithApp` says so. Where the engine
 * is lost on the way, the next one is asked again.
 */
export function startVmWithApp(link: EngineLink, log: ShellLog): void {
  const tryOnce = (connection: EngineConnection): void => {
    start(connection).catch((error: unknown) => {
      log.error("VM not started with the app", error);
      if (connection.socket.readyState !== connection.socket.OPEN) link.once("up", tryOnce);
    });
  };
  link.once("up", tryOnce);
}

async function start({ client }: EngineConnection): Promise<void> {
  const settings = await client.settings.get();
  if (!settings["vm.startWithApp"]) return;
  const { state } = await client.vm.status();
  if (state === "suspended") await client.vm.resume();
  else if (state === "absent" || state === "stopped") await client.vm.start({});
}
