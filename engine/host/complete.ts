import { readdir } from "node:fs/promises";
import path from "node:path";
import { resolveHostPath } from "./path.ts";

const MOST = 50;

/** Paths of this computer that continue what somebody typed; none where that leads nowhere. */
export async function completePath(typed: string, foldersOnly: boolean): Promise<string[]> {
  const whole = resolveHostPath(typed === "" ? "~/" : typed);
  const inside = /[/\\]$/.test(typed) || typed === "" || typed === "~";
  const folder = inside ? whole : path.dirname(whole);
  const begun = inside ? "" : path.basename(whole).toLowerCase();
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.name.toLowerCase().startsWith(begun))
    .filter((entry) => begun.startsWith(".") || !entry.name.startsWith("."))
    .filter((entry) => !foldersOnly || entry.isDirectory() || entry.isSymbolicLink())
    .sort((a, b) => Number(b.isDirectory()) - Number(a.isDirectory()) || a.name.localeCompare(b.name))
    .slice(0, MOST)
    .map((entry) => path.join(folder, entry.name) + (entry.isDirectory() ? path.sep : ""));
}
