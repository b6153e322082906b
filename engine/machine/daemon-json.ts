import type { Settings } from "../contract/index.ts";
import { listSetting } from "../settings/index.ts";

/** The guest image's own daemon.json (docs/guest-image.md); a replacement replaces it as a whole. */
const own = {
  "storage-driver": "overlay2",
  "exec-opts": ["native.cgroupdriver=cgroupfs"],
  ip6tables: false,
  "log-driver": "json-file",
  "log-opts": { "max-size": "10m", "max-file": "3" },
  "live-restore": false,
  "shutdown-timeout": 20,
  features: { "containerd-snapshotter": false, buildkit: true },
};

/** dockerd's configuration as the settings want it; null where the image's own is meant. */
export function daemonJson(settings: Settings): string | null {
  const mirrors = listSetting(settings["registries.mirrors"]);
  const insecure = listSetting(settings["registries.insecure"]);
  if (mirrors.length === 0 && insecure.length === 0) return null;
  const added = {
    ...(mirrors.length === 0 ? {} : { "registry-mirrors": mirrors }),
    ...(insecure.length === 0 ? {} : { "insecure-registries": insecure }),
  };
  return JSON.stringify({ ...own, ...added });
}
