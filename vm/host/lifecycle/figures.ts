import { stackBytes } from "../disk/disk-layers.ts";
import { versionsOf } from "../guest/image.ts";
import type { MachineSnapshot, Tunnel } from "../types.ts";
import { readCatalogue } from "../snapshots/catalogue.ts";
import type { MachineCore } from "./core.ts";

/** The part of the snapshot that has to be measured. */
export type MachineFigures = Pick<
  MachineSnapshot,
  "disk" | "suspendedBytes" | "warmBytes" | "pendingRestore" | "image"
>;

export const noFigures: MachineFigures = {
  disk: { guestUsedBytes: null, hostUsedBytes: 0 },
  suspendedBytes: null,
  warmBytes: null,
  pendingRestore: null,
  image: null,
};

/** Measures anew; a guest that cannot be asked keeps its former figure. */
export async function readFigures(core: MachineCore, former: MachineFigures): Promise<MachineFigures> {
  const { tunnel, status, saved, paths, running, config } = core;
  const askable = status.state === "running" && tunnel.state === "up";
  const guestUsed = askable ? await guestUsedBytes(tunnel) : null;
  return {
    disk: {
      guestUsedBytes: guestUsed ?? former.disk.guestUsedBytes,
      hostUsedBytes: await stackBytes(paths.dataDisk),
    },
    suspendedBytes: await saved.occupied(),
    warmBytes: await core.warm.occupied(),
    pendingRestore: await readCatalogue(paths.snapshots).then(
      ({ pending }) => pending,
      () => former.pendingRestore,
    ),
    image: await versionsOf(running?.machine.record.imageDir ?? config().imageDir),
  };
}

/** Bytes in use on the guest's data disk; null when the guest does not tell. */
export async function guestUsedBytes(tunnel: Tunnel): Promise<number | null> {
  const result = await tunnel
    .exec(["df", "-P", "-k", "/var/lib/docker"], { timeoutMs: 10_000 })
    .catch(() => null);
  const kibibytes = /^\S+\s+\d+\s+(\d+)\s/m.exec(result?.stdout ?? "")?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}
