import { access, rm } from "node:fs/promises";
import path from "node:path";
import { BerthError } from "../errors.ts";
import { writeFileAtomically } from "../files/atomic-file.ts";
import type { MachinePaths } from "../paths.ts";
import type { MachineConfig } from "../types.ts";
import type { MachineKeys } from "./keys.ts";

/** In this order, which is part of the machine's shape. */
const names = ["authorized_keys", "host_key", "daemon.json", "environment"] as const;

/** Writes the files the guest gets at boot through fw_cfg, and removes what it shall not get. */
export async function writeGuestFiles(
  paths: MachinePaths,
  keys: MachineKeys,
  config: MachineConfig,
): Promise<{ name: string; file: string }[]> {
  const environment = Object.entries(config.environment ?? {});
  const contents: Record<(typeof names)[number], string | null> = {
    authorized_keys: `${keys.clientPublicKey}\n`,
    host_key: keys.hostPrivateKey,
    "daemon.json": config.daemonJson ?? null,
    environment: environment.length > 0 ? environmentFile(environment) : null,
  };
  for (const name of names) {
    const file = path.join(paths.guestFiles, name);
    const content = contents[name];
    if (content === null) await rm(file, { force: true });
    else await writeFileAtomically(file, content);
  }
  return presentGuestFiles(paths);
}

/** The files as the last boot left them: what a resumed machine had, and keeps. */
export async function presentGuestFiles(paths: MachinePaths): Promise<{ name: string; file: string }[]> {
  const present: { name: string; file: string }[] = [];
  for (const name of names) {
    const file = path.join(paths.guestFiles, name);
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (there) present.push({ name, file });
  }
  return present;
}

/** NAME=value lines. Names and values that could break out of their line are refused. */
function environmentFile(entries: [string, string][]): string {
  return entries
    .map(([name, value]) => {
      if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !/[\0\r\n]/.test(value)) return `${name}=${value}\n`;
      throw new BerthError({
        code: "environment_invalid",
        message: `The environment variable "${name}" for the VM has a name or value that is not allowed.`,
        hint: "Use letters, digits and _ in names, and no line breaks in values.",
      });
    })
    .join("");
}
