import type Docker from "dockerode";
import { dockerStatus } from "../docker/index.ts";

/** Where images have shells, the more comfortable first. */
const SHELLS = [
  "/bin/bash",
  "/usr/bin/bash",
  "/bin/zsh",
  "/bin/ash",
  "/bin/sh",
  "/usr/bin/sh",
  "/busybox/sh",
];
const USERS_OFFERED = 100;

interface Reader {
  read(id: string, path: string, maxBytes: number): Promise<{ data: string }>;
}

/** What a terminal in a container can run as, found without running anything in it. */
export async function terminalChoices(
  docker: Docker,
  files: Reader,
  id: string,
): Promise<{ shells: string[]; users: string[] }> {
  const container = docker.getContainer(encodeURIComponent(id));
  // A container that does not exist is an error, and not one without shells.
  await container.inspect();
  const present = await Promise.all(
    SHELLS.map((path) =>
      container.infoArchive({ path }).then(
        () => true,
        (error: unknown) => {
          if (dockerStatus(error) === 404) return false;
          throw error;
        },
      ),
    ),
  );
  const users = await files.read(id, "/etc/passwd", 256 * 1024).then(
    ({ data }) => userNames(Buffer.from(data, "base64").toString("utf8")),
    () => [],
  );
  return { shells: SHELLS.filter((_, index) => present[index]), users };
}

/** The names in passwd(5). */
function userNames(passwd: string): string[] {
  const names = passwd.split("\n").map((line) => line.split(":")[0] ?? "");
  return names.filter((name) => /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/.test(name)).slice(0, USERS_OFFERED);
}
