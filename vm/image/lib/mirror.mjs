// Where the packages come from: the mirror this machine already uses.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { release } from "./recipe.mjs";

export const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Every URI in apt's configuration. @param {string} dir */
function configured(dir) {
  const parts = join(dir, "sources.list.d");
  const files = [join(dir, "sources.list")];
  if (existsSync(parts))
    files.push(
      ...readdirSync(parts)
        .sort()
        .map((name) => join(parts, name)),
    );
  return files
    .filter((file) => existsSync(file) && /\.(list|sources)$/.test(file))
    .flatMap((file) => readFileSync(file, "utf8").split("\n"))
    .filter((line) => /^\s*(deb\s|URIs:)/.test(line))
    .flatMap((line) => line.match(/https?:\/\/\S+/g) ?? [])
    .map((uri) => uri.replace(/\/+$/, ""));
}

/**
 * The mirrors for the release and for its security updates.
 * @returns {{ main: string, security: string }}
 */
export function mirrors() {
  const uris = configured("/etc/apt");
  return {
    main:
      process.env.BERTH_DEBIAN_MIRROR ??
      uris.find((uri) => /\/debian$/.test(uri)) ??
      "http://deb.debian.org/debian",
    security:
      process.env.BERTH_DEBIAN_SECURITY_MIRROR ??
      uris.find((uri) => /\/debian-security$/.test(uri)) ??
      "http://deb.debian.org/debian-security",
  };
}

/** The apt source lines of the guest. */
export function sources() {
  const { main, security } = mirrors();
  return [
    `deb [signed-by=${keyring}] ${main} ${release} main`,
    `deb [signed-by=${keyring}] ${main} ${release}-updates main`,
    `deb [signed-by=${keyring}] ${security} ${release}-security main`,
    "",
  ].join("\n");
}
