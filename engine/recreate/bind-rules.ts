import type { Configuration } from "../contract/index.ts";
import { BerthError } from "../vm.ts";

/** Paths that mean the machine Docker runs on, and that the guest has too. */
const guestsOwn = new Set([
  "/var/run/docker.sock",
  "/run/docker.sock",
  "/etc/localtime",
  "/etc/timezone",
  "/usr/share/zoneinfo",
  "/dev",
  "/proc",
  "/sys",
]);

/**
 * Folders of this computer do not exist in the guest: Docker would make empty ones. Throws `host_folder_not_shared`
 * naming them; those that `had` has already stay.
 */
export function refuseHostFolders(configuration: Configuration, had: Configuration | null): void {
  const before = new Set((had?.mounts ?? []).map((mount) => (mount.type === "bind" ? mount.source : "")));
  const refused = configuration.mounts.flatMap((mount) =>
    mount.type === "bind" && !isGuests(mount.source) && !before.has(mount.source) ? [mount.source] : [],
  );
  if (refused.length === 0) return;
  throw new BerthError({
    code: "host_folder_not_shared",
    message: `${refused.join(", ")} cannot be mounted, because folders of this computer are not shared with the VM yet.`,
    hint: "Use a volume instead, and copy the files into it.",
  });
}

function isGuests(path: string): boolean {
  return [...guestsOwn].some((own) => path === own || path.startsWith(`${own}/`));
}
