import type { Settings } from "../contract/index.ts";
import type { ProgramEnvironment } from "../image.ts";
import type { MachineConfig } from "../vm.ts";
import { daemonJson } from "./daemon-json.ts";

/** What the settings and the installation ask of the VM. */
export function machineConfig(settings: Settings, program: ProgramEnvironment): MachineConfig {
  const environment = proxyEnvironment(settings);
  const daemon = daemonJson(settings);
  return {
    cpus: settings["vm.cpus"],
    memoryMiB: settings["vm.memoryMiB"],
    diskGiB: settings["vm.diskGiB"],
    accelerator: settings["vm.accelerator"],
    imageDir: program.imageDir,
    wakeWhenStopped: settings["vm.wakeWhenStopped"],
    ...(program.qemuDir === undefined ? {} : { qemuDir: program.qemuDir }),
    ...(daemon === null ? {} : { daemonJson: daemon }),
    ...(Object.keys(environment).length === 0 ? {} : { environment }),
  };
}

/** Both spellings: Docker reads the upper case one, several tools only the lower case one. */
function proxyEnvironment(settings: Settings): Record<string, string> {
  const proxy = settings["network.httpProxy"];
  if (proxy === "") return {};
  const noProxy = ["localhost", "127.0.0.1", settings["network.noProxy"]]
    .filter((part) => part !== "")
    .join(",");
  return {
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    NO_PROXY: noProxy,
    http_proxy: proxy,
    https_proxy: proxy,
    no_proxy: noProxy,
  };
}
